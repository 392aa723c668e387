"""Name characters by commonness, their traditional forms, and ordinary people's names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from faker.providers.person.zh_CN import Provider as MainlandNames
from faker.providers.person.zh_TW import Provider as TaiwanNames

SURNAMES_BY_RANK = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴"
    "霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚"
    "岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑"
    "迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖"
)
"""Single-character surnames, roughly by number of bearers."""

COMPOUND_SURNAMES = (
    "欧阳", "上官", "司马", "诸葛", "皇甫", "司徒", "东方", "尉迟", "慕容", "令狐", "夏侯", "公孙", "长孙", "端木",
    "南宫", "西门", "轩辕", "宇文", "独孤", "呼延", "申屠", "百里", "东郭", "闻人", "赫连", "拓跋", "澹台", "钟离",
    "歐陽", "司馬", "諸葛", "東方", "尉遲", "公孫", "長孫", "南宮", "西門", "軒轅", "獨孤", "聞人", "鍾離",
)  # fmt: skip
"""Two-character surnames, simplified, then traditional where that differs."""

FEMALE_GIVEN = (
    "英秀玉兰华芳丽红梅珍艳娟霞静敏燕玲萍桂淑雪莉洁慧琴婷云凤美琳颖欣佳怡雅思梦诗雨涵悦倩蕾晶莹娜菲琪瑶萱妍"
    "嘉晓春香莲荣芬文珊薇宁语彤馨月瑞璐妮媛可若晴蓉菊翠茜巧爱素娥婉露芸丹彩银平海小金惠冬佩子一紫依梓羽曼艺"
    "晨心柔瑾苗凡凌青秋竹柳桃杏花叶乐然安凝诺妤岚冰寒霜蝶鸾黛彦卿仙娇婵姗娅婧嫣媚筠荷蓓苑芝芹芷茹莎菁蔓蕊莺"
    "珠珂玥琼瑜璇清沁汐淇滢漫澜禾穗谷映昕暖璟舒羚怀恩忆念恬朵昭桐楠檀歆毓灵煜纯纤绮绣韵颜馥多"
)
MALE_GIVEN = (
    "伟强军勇杰涛明超磊建国志华平刚辉文鹏斌波宇浩俊飞凯健林峰海东龙洋阳晨旭成德永生荣金祥福庆宏新春光少天家"
    "嘉子泽博睿轩昊皓铭宸翔瑞诚亮毅豪兴立学贵振世正忠义清良云山水玉权胜利民安康晓小艺然逸彬坤楠鑫炜骏哲恒羽"
    "航晟祺霖雷威武虎刘松柏根树森材木江河湖洲川源泉润泓津洪湛源济沛沐承启开元亨万千百大广长远达昌盛隆富财有"
    "增宝保守卫兵权奇才智贤仁孝廉礼信敬慎谦让顺和悦乐喜吉祯绍继绪克先宗祖耀光彦延寿鹤鸣鸿雁凌霄腾跃骥骁勋功"
    "业卓越群英雄壮刚烈锋锐钢铁钧锦钊钦镇镭炎焱煜烨灿晖曦昱昕旻晗景晏曜朗星辰宙乾坤屹岩岳峻崇嵩岭峥一奕弈翰"
)
"""Given-name characters, roughly by commonness."""

SIMPLE_AND_TRADITIONAL = (
    "张張刘劉陈陳杨楊黄黃吴吳赵趙孙孫马馬郑鄭罗羅谢謝许許邓鄧冯馮韩韓萧蕭叶葉蒋蔣苏蘇吕呂卢盧钟鍾谭譚陆陸贾賈韦韋邹鄒"
    "阎閻龙龍贺賀顾顧龚龔万萬钱錢严嚴赖賴汤湯温溫齐齊乔喬庞龐颜顏庄莊聂聶鲁魯关關兰蘭宁寧纪紀毕畢单單盖蓋骆駱蓝藍鲍鮑"
    "华華饶饒缪繆简簡车車项項连連芦蘆麦麥娄婁窦竇党黨宫宮费費卫衛应應闵閔邬鄔边邊师師栾欒荣榮丛叢巩鞏邝鄺谈談储儲劳勞"
    "谌諶楼樓满滿闻聞厉厲欧歐区區杰傑伟偉强強军軍涛濤国國辉輝鹏鵬飞飛东東阳陽庆慶兴興学學贵貴义義云雲权權胜勝泽澤轩軒"
    "铭銘诚誠宝寶亿億骏駿丽麗红紅艳艷静靜凤鳳娇嬌莲蓮琼瓊莹瑩颖穎洁潔婵嬋萝蘿绣繡绢絹玛瑪珑瓏瑶瑤梦夢诗詩语語韵韻怀懷"
    "忆憶恋戀爱愛莺鶯鸾鸞鸿鴻鸣鳴鹤鶴翘翹灵靈岚嵐滢瀅澜瀾润潤济濟浏瀏渊淵涟漣渔漁沪滬汉漢洒灑涧澗潇瀟灿燦烨燁炜煒焕煥"
    "炼煉晓曉晖暉晔曄旷曠时時昙曇显顯书書长長达達远遠进進迁遷选選运運过過还還迈邁逊遜遥遙邻鄰郏郟钢鋼铁鐵锋鋒锐銳钧鈞"
    "钊釗钦欽锦錦镇鎮键鍵铃鈴银銀锁鎖铎鐸钰鈺铮錚锡錫钥鑰针針镜鏡闯闖问問间間闲閒开開贤賢赞贊赋賦财財贡貢贞貞质質资資"
    "贸貿赐賜贝貝责責宾賓实實宪憲宠寵审審寿壽专專尔爾岁歲岭嶺峥崢岛島岗崗峦巒岩巖帅帥广廣庐廬库庫弥彌归歸录錄彦彥当當"
    "彻徹从從忧憂怜憐恺愷悦悅惬愜愿願戏戲战戰户戶扬揚护護报報择擇挚摯揽攬摄攝敌敵数數断斷无無旧舊杂雜来來极極构構标標"
    "树樹栋棟栖棲桥橋桦樺榄欖樱櫻欢歡气氣沟溝泪淚浓濃浔潯涨漲湿濕滨濱滚滾点點热熱爷爺状狀犹猶独獨狮獅玮瑋环環现現琏璉"
    "瑷璦电電画畫畅暢疗療盘盤盐鹽监監祯禎礼禮祎禕禄祿离離种種积積称稱稳穩穷窮竞競笔筆紧緊纤纖约約级級纯純纲綱纳納纵縱"
    "纷紛纹紋纺紡纽紐线線练練组組细細终終绍紹经經结結绘繪给給络絡绝絕统統绪緒续續绮綺绯緋维維绵綿绿綠缘緣缤繽罚罰职職"
    "联聯聪聰肃肅脉脈脑腦腾騰舰艦节節苍蒼苹蘋茎莖荐薦荫蔭药藥获獲营營蔷薔虑慮虽雖蚕蠶蛮蠻补補装裝见見观觀规規视視览覽"
    "觉覺誉譽计計订訂认認训訓议議讯訊记記讲講论論设設访訪证證评評识識诉訴词詞译譯试試话話详詳诞誕询詢该該诺諾谊誼谋謀"
    "谦謙谨謹谱譜贯貫购購贴貼赛賽赢贏轮輪软軟轶軼载載辅輔辆輛辈輩输輸辞辭辽遼迟遲适適递遞逻邏遗遺鉴鑒锤錘错錯锻鍛闪閃"
    "阁閣阅閱队隊阶階际際陕陝险險随隨隐隱难難雾霧霁霽顶頂顺順须須预預领領频頻题題额額风風飘飄饮飲馆館驰馳驱驅驹駒驾駕"
    "骁驍骄驕骅驊骊驪验驗骐騏骑騎骞騫骥驥鱼魚鲜鮮鸟鳥鸡雞鸥鷗鸽鴿鹃鵑龄齡嫒嬡娴嫻婳嫿妈媽妇婦妆妝妩嫵姗姍婴嬰娅婭"
    "寻尋导導将將尘塵层層兑兌内內净淨凉涼凯凱创創别別剑劍剧劇劲勁动動励勵势勢勋勳协協卖賣厅廳历歷压壓参參双雙发發变變"
    "号號听聽启啟员員响響哗嘩园園围圍图圖圆圓圣聖场場块塊坚堅坛壇坝壩坞塢垒壘埙塤壮壯声聲处處备備复復头頭夺奪奖獎奋奮"
    "奥奧业業丝絲两兩丧喪个個丰豐临臨为為举舉乌烏乐樂乡鄉买買亚亞产產亲親众眾优優会會伞傘传傳伤傷伦倫伪偽体體佣傭侠俠"
    "侣侶侨僑侦偵俭儉债債倾傾偿償儿兒养養兽獸写寫农農冻凍减減玑璣玺璽琐瑣璎瓔萦縈苇葦苋莧荞蕎荟薈荪蓀莱萊莳蒔"
    "萤螢蔼藹蕴蘊薮藪谚諺硕碩咏詠"
)
"""Pairs of a simplified character and its traditional form, where a keyboard has one usual answer."""

TRADITIONAL: Mapping[str, str] = dict(zip(SIMPLE_AND_TRADITIONAL[::2], SIMPLE_AND_TRADITIONAL[1::2], strict=True))
SIMPLIFIED: Mapping[str, str] = {full: simple for simple, full in TRADITIONAL.items()}
"""The same pairs as mappings, either way."""

Weighted = tuple[tuple[float, ...], tuple[str, ...]]
"""Running totals of weights and what they stand for."""


def weighted(items: Mapping[str, float]) -> Weighted:
    """A mapping of weights as running totals, to draw from with `pick`."""
    return tuple(accumulate(items.values())), tuple(items)


def pick(table: Weighted, chance: float) -> str:
    """The item that a uniform `chance` in [0, 1) falls on."""
    totals, items = table
    return items[bisect_right(totals, chance * totals[-1], 0, len(items) - 1)]


def by_rank(items: Sequence[str], offset: float) -> dict[str, float]:
    """Weights that fall with an item's first rank, as the frequencies of names roughly do."""
    return {item: 1.0 / (rank + offset) for rank, item in reversed(list(enumerate(items)))}


_CORRECTED = {
    "于": 0.62, "肖": 0.33, "闫": 0.2, "付": 0.18, "鞠": 0.023, "上官": 0.009, "司马": 0.003, "诸葛": 0.004,
}  # fmt: skip
"""Surnames whose weight in Faker's list is a slip, or that it lacks."""

_SOURCES = weighted({"single": 0.14, "mainland": 0.14, "taiwan": 0.16, "composed": 0.56})
"""Where a given name comes from; 14 % of the living have one of a single character."""


def _simplified(text: str) -> str:
    return "".join(SIMPLIFIED.get(c, c) for c in text)


@lru_cache(maxsize=1)
def _surnames() -> Weighted:
    return weighted({**MainlandNames.last_names, **_CORRECTED})


@lru_cache(maxsize=2)
def _given_names(gender: str) -> dict[str, Weighted]:
    """Given names or, for `composed`, characters to pair."""
    female = gender == "female"
    mainland = MainlandNames.first_names_female if female else MainlandNames.first_names_male
    taiwan = TaiwanNames.first_names_female if female else TaiwanNames.first_names_male
    own = by_rank(FEMALE_GIVEN if female else MALE_GIVEN, 18.0)
    listed = by_rank([name for name in mainland if len(name) == 1], 18.0)
    return {
        "single": weighted({c: own.get(c, 0.0) + listed.get(c, 0.0) for c in own | listed}),
        "mainland": weighted(by_rank([name for name in mainland if len(name) == 2], 15.0)),
        "taiwan": weighted({_simplified(name): weight for name, weight in taiwan.items()}),
        "composed": weighted(own),
    }


def ordinary_name(rng: np.random.Generator) -> tuple[str, str]:
    """A natural Chinese name and its gender, `female` or `male`, as of a person who is no decoy.

    It is drawn without looking at any register: whoever needs it to differ from issued names compares.
    """
    gender = "female" if rng.random() < 0.5 else "male"
    names = _given_names(gender)
    source = pick(_SOURCES, rng.random())
    given = pick(names[source], rng.random())
    if source == "composed":
        second = pick(names[source], rng.random())
        # Doubled characters are usual for girls only.
        if second == given and gender == "male":
            second = pick(names["single"], rng.random())
        given += second
    return pick(_surnames(), rng.random()) + given, gender

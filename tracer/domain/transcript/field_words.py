"""What the fields are called in speech: 我的订单号, 买的什么, how much I paid."""

from __future__ import annotations

import re

FIELD_WORDS: dict[str, str] = {
    "order_no": r"(?<![运快递物流])(?:编号)(?=给|是|多少|呢|,|。|\?|$|报|说)|订单(?:的)?(?:编?号码?|尾号|编号)|定单号|订单后\S{1,3}位|\border (?:number|no\b|id|ref\w*|#)|\bnumber of (?:the|my) order|\border's number|\border numbers\b",
    "waybill_no": r"(?:运单|快递单|物流单|面单|快递|物流|包裹)(?:的)?(?:编?号码?|尾号|单号)|(?<!订)单号|\btracking (?:number|no\b|id|code|ref\w*)|\btracking\b|\bwaybill(?: number)?|\bconsignment (?:number|no)|\bparcel (?:number|no|id|ref\w*)",
    "price": r"价格|价钱|价位|金额|(?:花|付|买|卖)(?:了|的)?(?:是)?多少(?:钱)?|多少钱(?:买)?(?:的)?|几多钱|实付|付款额|总价|\bprice\b|\bhow much\b(?! (?:is|will) the (?:refund|comp|fee))|\bamount\b|\bwhat (?:i|it|you) (?:had )?(?:paid|cost)|\bcost\b|\bwhat'?d i (?:pay|spend)|\bwhat did i (?:pay|spend)|\bdouble of what|\bwhat i'd (?:paid|spent)|\bi paid\b",
    "item": r"商品(?:名称?|名字)?(?:是)?(?:什么|啥|叫|哪)?|买(?:了|的|过)?(?:是|了|的)?(?:个)?(?:什么|啥|哪)[^,。?]{0,4}|(?:什么|啥|哪(?:个|件|款|样|种)|乜嘢?)(?:商品|东西|产品|货|宝贝|衣服|物品|件)|(?:里面|里头|包裹里)(?:是|装的?)?(?:什么|啥)|(?:是|系)(?:什么|啥|乜)(?:东西|货|来的|商品|件)|买的东西|所?买的(?:商品|货)|(?:哪|什么)(?:个|一|张)?(?:订?单)(?!号)|货品名|寄的什么|哪(?:件|款|个)(?:有问题|商品|产品)|哪样(?:东西)?"
    r"|\bwhat (?:did i|i|i'd|i had|have i|was it i|item|product|did i even) ?(?:buy|bought|order(?:ed)?|purchase[d]?)?|\bwhich (?:item|product|one|thing)\b|\bwhat(?:'s| is| was) (?:in (?:it|the (?:parcel|package|box))|the (?:item|product)|it[,?] (?:is it|the)|it (?:that )?i)\b|\bwhat (?:item|product|thing)\b|\b(?:what|which) (?:purchase|order|parcel|delivery)\b(?! (?:number|no|date|id))|\bthe (?:item|goods|product)s?\b|\bwhat (?:is|was) (?:inside|in (?:it|the)|it for)|\bwhat(?:'s| is) inside|\bcontents\b|\bwhat i (?:bought|ordered|had ordered|had bought)|\bgoods\b",
    "order_time": r"下单(?:的)?(?:时间|日期)|(?:购买|付款|订单|成交|买)(?:的)?(?:时间|日期)|(?:什么|啥|几)(?:时候|时|日|月)(?:候)?(?:买|下|订|拍|的单|付|购)[^,。?]{0,3}|(?:几号|哪天|哪一天|几时|几月几号|什么日子)(?:买|下|订|拍|的)?[^,。?]{0,3}|(?:买|下单|拍|订)(?:的)?(?:是)?(?:几号|哪天|什么时候|几时|啥时候|哪一天)|\border date\b|\bwhen (?:did i|i|i'd|was it|i had|the order was|it was|was the order|exactly did i) ?(?:buy|bought|order(?:ed)?|placed?|purchase[d]?)?|\bdate (?:of (?:the|my) (?:order|purchase)|i (?:ordered|bought)|of purchase)|\bwhat (?:date|day)\b|\bwhich day\b|\bpurchase date\b|\border time\b|\bwhen i (?:bought|ordered)",
    "address": r"(?:收货|收件|家庭|家里|家|送货|寄件|派送|快递)?(?:的)?(?:地址|住址)|住(?:在)?(?:哪儿?|哪里|边度|什么地方|几号|几楼|几栋|哪一?(?:栋|楼|个小区))|(?:寄|送|发)(?:到|去|往)?(?:的)?(?:是)?(?:哪儿?|哪里|边度|什么地方)|家在哪|寄到[^。?]{0,16}哪|门牌(?:号)?|\b(?:delivery |home |my |full |shipping )?address\b|\bwhere (?:i|do i|i'd|it's|it was|was it|is it|did it|was it) ?(?:live[sd]?|going|sent|delivered|deliver\w*|being|go)|\bwhich (?:street|road)|\bpostcode\b",
    "phone": r"手机(?:号码?|尾号|号)|电话(?:号码?|尾号)|我(?:的)?(?:电话|手机)(?=号|多少|尾|是多少|呢|和|、|,|跟|都|也|$)|(?:预留|留|登记)(?:的)?(?:电话|手机|号码)|联系方式|\b(?:phone|mobile|cell|contact|telephone) ?(?:number|no)\b|\bmy number\b(?! is)|\bnumber (?:on file|i gave|on the order|on the account)",
    "name": r"(?:收件人|名字|上面)?写的(?:是)?谁|(?:我|收件人|收货人|客户|机主|下单人|订货人|你要找的?人?|人)?(?:的)?(?:叫|姓)(?:什么|啥|名谁|乜)(?:名字?|名)?|(?:收件人|收货人|我(?:的)?|客户|机主|下单人|谁的|真实|真)?(?:全名|姓名|名字|名)(?=是|叫|呢|吗|都|和|、|,|。|\?|$|也|还|跟|与|及|说|报|,|\s|\))|我是(?:谁|哪个|哪位)|你(?:要)?找(?:谁|哪位|哪个)|(?:是)?谁(?:的)?(?:快递|包裹|订单)|搵边(?:个|位)|\b(?:my |full |the |first |last |your customer's )?(?:full |last |first )?(?:name|surname)\b(?! is (?!on))|\bwho (?:am i|do you (?:want|think)|are you (?:looking|calling|after|trying|ringing)|(?:is|was) it for|did you want|i am|i was|is the (?:parcel|order|customer)|it's for|you looking|you after)",
    "account": r"(?:淘宝|京东|平台|会员|登录|购物|商城|我(?:的)?|买家|哪个|哪一个|什么)?(?:的)?(?:账号名?|帐号|账户名|会员名|用户名|昵称|旺旺名?|登录名|淘宝名)(?!里|安全|异常|被|有|存在|冻)|\b(?:account name|user ?name|login name|account id|(?:which|what|my) account(?! (?:number|has|was|is)))\b|\bthe account\b(?= (?:name|it's|under))|\bemail (?:i used|on the account|address on)",
}
FIELD = {name: re.compile(words) for name, words in FIELD_WORDS.items()}


def fields_in(text: str) -> dict[str, tuple[int, int]]:
    """The fields that are named in a text and where."""
    found = {}
    for name, pattern in FIELD.items():
        hit = pattern.search(text)
        if hit:
            found[name] = hit.span()
    if (
        "waybill_no" in found
        and "order_no" in found
        and found["order_no"][0] <= found["waybill_no"][0] < found["order_no"][1]
    ):
        again = FIELD["waybill_no"].search(text, found["order_no"][1])
        if again:
            found["waybill_no"] = again.span()
        else:
            del found["waybill_no"]
    return found

"""Made calls in many voices: the text, and what it tells as far as a case is about it."""

CASES = {
    "the callee says everything, the caller repeats": (
        "客服：您好，您这边的订单出现了质量问题，需要给您退款。\n"
        "我：是我买的那双雪地靴吗？\n"
        "客服：对对对，雪地靴。\n"
        "我：订单号是不是尾号6631？\n"
        "客服：是的，6631。\n"
        "客服：您加一下我们退款专员的微信。",
        {
            "known_fields": [],
            "script": "defect_refund",
            "nature": "scam",
            "asked_for": ["add_chat"],
        },
    ),
    "privacy is an excuse": (
        "对方：请问是曹丽女士吗？我是店铺售后，您买的电热水壶漏电要召回，给您退钱。\n"
        "我：那你报一下我的地址。\n"
        "对方：不好意思，地址属于您的个人隐私，我们这边是看不到的。\n"
        "我：订单号呢？\n"
        "对方：也加密了。您先下载一个会议软件。",
        {
            "known_fields": ["name", "item"],
            "unknown_fields": ["address", "order_no"],
            "nature": "scam",
        },
    ),
    "fees and compensation are no price": (
        "您好，您有一个快递在运输途中遗失了，我们赔您三百六十元，不过要先交二十元手续费到我们的对公账户。",
        {
            "known_fields": [],
            "script": "lost_parcel",
            "nature": "scam",
            "asked_for": ["transfer"],
        },
    ),
    "the price within its unit": (
        "客服：何先生您好，您上周六在我们店里花了一百八买的保温杯，检测说不合格，我们三倍赔您，一共五百四。",
        {
            "known_fields": ["name:masked", "item", "price", "order_time"],
            "script": "multiple_compensation",
        },
    ),
    "a delivery date is no order time": (
        "你好，顺丰快递，你的件明天下午三点送到，家里有人吗？",
        {
            "known_fields": [],
            "script": "delivery",
            "nature": "legitimate",
            "claimed_role": "courier",
        },
    ),
    "the station's own place is no address": (
        "【丰巢】您的快递已存放在长江路18号幸福小区西门丰巢柜，取件码88210467，请及时领取。",
        {
            "known_fields": [],
            "nature": "legitimate",
            "claimed_role": "station",
            "script": "delivery",
        },
    ),
    "our address is one": (
        "喂，我是韵达的，你家是住锦绣花园3栋2单元501对吧？我给你放门口了啊。",
        {
            "known_fields": ["address"],
            "nature": "legitimate",
            "script": "delivery",
        },
    ),
    "never asked for": (
        "您好，这里是京东客服，您购买的空气炸锅缺货了，我们会原路退款，不需要您提供验证码，也不会让您转账，"
        "您在订单页面等着就行。",
        {
            "known_fields": ["item"],
            "asked_for": [],
            "nature": "legitimate",
            "script": "order_problem",
        },
    ),
    "digits in groups, with a correction": (
        "我：订单号后四位多少？\n"
        "客服：五七八一。\n"
        "我：不对。\n"
        "客服：哦，不好意思，看错了，是五八七一。\n"
        "我：对了。\n"
        "客服：您开通的会员要取消，不然每个月扣八百。您把银行卡号报给我。",
        {
            "known_fields": ["order_no"],
            "unknown_fields": [],
            "script": "wrong_membership",
            "asked_for": ["card_number"],
        },
    ),
    "digits in English": (
        "Hello, is that Mrs Hartley? It's ParcelQuick, tracking number ending one five eight double three."
        " Your parcel's been lost, and we'd like to refund you. Could you read me the long number on your "
        "card?",
        {
            "known_fields": ["name:masked", "waybill_no"],
            "script": "lost_parcel",
            "nature": "scam",
            "claimed_role": "courier",
        },
    ),
    "a mixed tongue": (
        "客服：Hi 请问是 Vivian 吗？\n"
        "我：Yes。\n"
        "客服：您买的 face cream 有 quality problem，我们给您 refund，麻烦您加一下 WhatsApp。",
        {
            "known_fields": ["name", "item"],
            "script": "defect_refund",
            "asked_for": ["add_chat"],
            "nature": "scam",
        },
    ),
    "an honest courier knows the name and the tail": (
        "快递员：钱老师吧？中通的，单号尾数4471，东西放驿站了啊。\n我：行，谢谢。",
        {
            "known_fields": ["name:masked", "waybill_no"],
            "nature": "legitimate",
            "claimed_role": "courier",
        },
    ),
    "the anti-fraud centre warns": (
        "这里是96110反诈中心，监测到您可能正在接听诈骗电话，请不要转账，不要共享屏幕，不要告诉对方验证码。",
        {
            "nature": "legitimate",
            "claimed_role": "police",
            "asked_for": [],
            "known_fields": [],
        },
    ),
    "a code that was asked for": (
        "【拼多多】验证码：482913，您正在登录，5分钟内有效，切勿告诉他人。",
        {
            "nature": "legitimate",
            "script": "other",
            "claimed_role": "platform",
            "asked_for": [],
            "known_fields": [],
        },
    ),
    "a shop's advertisement": (
        "【清风旗舰店】双11狂欢开启！全场5折起，领券再减50，点击 t.example/x 抢购，拒收请回复R",
        {
            "nature": "unsure",
            "script": "other",
            "known_fields": [],
        },
    ),
    "phishing by link": (
        "USPS: your package could not be delivered due to an incomplete address. Update your details within "
        "24 hours at usps-redelivery.example/x and pay the $0.30 fee with your card number.",
        {
            "nature": "scam",
            "claimed_role": "courier",
            "known_fields": [],
        },
    ),
    "a loan offer": (
        "您好，我们是恒信金融的，最近有资金需求吗？信用贷最高三十万，利息很低的。不需要？好的打扰了。",
        {
            "nature": "unsure",
            "script": "other",
            "claimed_role": "other",
            "known_fields": [],
        },
    ),
    "a survey": (
        "Hello, I'm calling from Insight Research, we're doing a short survey about shopping habits, have "
        "you got five minutes? No? Okay, thank you, goodbye.",
        {
            "nature": "unsure",
            "script": "other",
            "claimed_role": "other",
            "known_fields": [],
        },
    ),
    "a wrong number": (
        "——喂，老刘吗？\n——你打错了，我不姓刘。\n——哦不好意思打错了。",
        {
            "nature": "unsure",
            "script": "",
            "unknown_fields": ["name"],
        },
    ),
    "silence": (
        "喂？喂？……没人说话，挂了。",
        {
            "nature": "unsure",
            "script": "",
            "known_fields": [],
        },
    ),
    "cut off too early": (
        "对方：您好，请问是赵——\n（断了）",
        {
            "nature": "unsure",
            "script": "",
        },
    ),
    "a note of what was known": (
        "今天接到一个自称拼多多客服的电话，准确说出了我的名字、地址和买的东西，还说我的快递丢了要理赔，让我加QQ。"
        "我问他订单号，他说不上来。",
        {
            "known_fields": ["name", "address", "item"],
            "unknown_fields": ["order_no"],
            "script": "lost_parcel",
            "nature": "scam",
            "claimed_role": "platform",
        },
    ),
    "a note in English": (
        "Got a call at lunch from a man who said he was from Amazon. He knew my full name and address and "
        "what I'd bought, but couldn't tell me the order number. Said I'd been signed up for Prime by mistake "
        "and wanted me to install AnyDesk. Hung up.",
        {
            "known_fields": ["name", "address", "item"],
            "unknown_fields": ["order_no"],
            "script": "wrong_membership",
            "nature": "scam",
            "asked_for": ["screen_share", "install_app"],
        },
    ),
    "what the note-taker tells first is not known by that": (
        "我跟他说我买的是一条连衣裙，他才说对就是连衣裙。他说质量有问题要退款，要我银行卡号。",
        {
            "known_fields": [],
            "script": "defect_refund",
            "nature": "scam",
            "asked_for": ["card_number"],
        },
    ),
    "traditional characters": (
        "客服：您好，請問是蔡小姐嗎？您在我們賣場訂購的氣炸鍋，因為系統錯誤變成分期付款，請您到ATM操作解除。",
        {
            "known_fields": ["name:masked", "item"],
            "script": "order_problem",
            "nature": "scam",
            "asked_for": ["transfer"],
        },
    ),
    "homophones and no marks": (
        "喂你好我是快的公司的你的包果丢了运单好是尾号三三七九我们给你理陪你加一下微心",
        {
            "known_fields": ["waybill_no"],
            "script": "lost_parcel",
            "claimed_role": "courier",
            "nature": "scam",
        },
    ),
    "a masked name": (
        "【速通物流】尊敬的欧阳*，您的包裹因地址不详无法派送，请点击链接 st-wl.example 填写身份证号和银行卡号重新"
        "派送。",
        {
            "known_fields": ["name:masked"],
            "nature": "scam",
            "asked_for": ["card_number", "id_number"],
        },
    ),
    "goods that no list has": (
        "客服：姜女士，您上个月26号在我们店拍的那台面包机，有漏电风险，现在召回，您扫码登记一下。",
        {
            "known_fields": ["name:masked", "item", "order_time"],
            "script": "defect_refund",
            "asked_for": ["scan_code"],
        },
    ),
    "the agent's own name is not the callee's": (
        "您好，我是天猫客服小李，工号3321，我姓王，您的订单付款异常，需要您重新提供一下短信验证码。",
        {
            "known_fields": [],
            "heard_name": "",
            "script": "order_problem",
            "asked_for": ["sms_code"],
            "nature": "scam",
        },
    ),
    "the threat": (
        "Mr Osei, this is the enforcement team. You have an unpaid fine and a warrant will be issued today "
        "unless you transfer £480 to the account I give you.",
        {
            "known_fields": ["name:masked"],
            "script": "threat",
            "nature": "scam",
            "asked_for": ["transfer"],
        },
    ),
    "wrongly an agent": (
        "您好，因为工作人员操作失误，把您登记成我们的代理商了，每月要扣五百元，取消的话要先交保证金。",
        {
            "known_fields": [],
            "script": "wrong_agent",
            "nature": "scam",
            "asked_for": ["deposit"],
        },
    ),
    "an honest shop sends another": (
        "Hi, is that Tom? It's Sarah from Oak & Thread. The jumper you ordered on Monday is out of stock "
        "in green, would you like the blue one, or shall I refund you on your card?",
        {
            "known_fields": ["name", "item", "order_time"],
            "nature": "legitimate",
            "script": "order_problem",
            "claimed_role": "merchant",
        },
    ),
}

//! What units and communities can lend or give.

use entity::list_item::ResourceForm::{Equipment, Fund, Information, Other, Talent, Venue};

use super::{Entry, resource};

/// Resources of units.
#[rustfmt::skip]
pub(in crate::command::demo) const OF_UNITS: &[Entry] = &[
    resource("health.clinic", Talent, (2, 12), "人", &["{单位}全科医生团队", "退休老专家义诊团", "护理骨干志愿队"],
        "内科、外科、中医、口腔都有,提前一周预约,可进社区也可入户。"),
    resource("health.clinic", Equipment, (2, 10), "台", &["便携式心电图机可借", "血压计血糖仪", "移动体检车"], "配一名操作人员,当天借当天还。"),
    resource("health.rehabilitation", Equipment, (5, 30), "件", &["轮椅、拐杖、助行器免费借用", "护理床可短期借用"], "登记身份证即可,借期三个月,可续借一次。"),
    resource("health.psychology", Talent, (2, 8), "人", &["持证心理咨询师", "沙盘游戏老师"], "可接个案,也可做团体辅导,签保密协议。"),
    resource("law.advice", Talent, (2, 10), "人", &["公职律师志愿团", "法官、检察官普法讲师", "{单位}人民调解员"], "擅长婚姻家庭、物业、劳动争议,按社区点单排期。"),
    resource("law.lecture", Information, (0, 0), "份", &["典型案例汇编和普法课件", "防范非法集资宣传册"], "电子版可随意取用,纸质版可送到社区。"),
    resource("edu.tutoring", Talent, (5, 30), "人", &["师范生志愿辅导队", "退休教师讲师团", "青年教师周末课堂"], "语数英都能教,一学期起,每周一次。"),
    resource("edu.lecture", Venue, (2, 10), "场", &["多媒体教室(80座)", "阶梯教室周末开放", "职工书屋可办沙龙"], "投影、话筒、空调齐全,周末和寒暑假可用,需提前三天登记。"),
    resource("edu.reading", Other, (100, 800), "册", &["流动图书箱,一箱五十册", "儿童绘本漂流书", "盲文和有声读物"], "每季度换一次书,丢损不赔。"),
    resource("edu.supplies", Other, (20, 150), "套", &["爱心书包文具包", "旧电脑翻新后捐赠", "冬季校服义捐"], "由社区提名单,{单位}统一配送。"),
    resource("culture.hall", Venue, (4, 30), "场", &["职工之家活动厅(120平方米)", "剧场(300座)可借", "{单位}会议室(60座)", "排练厅带镜墙和把杆", "展厅可办居民书画展"],
        "工作日晚上和周末可用,不收场租,只需爱护设施。"),
    resource("culture.sport", Venue, (10, 60), "场", &["室外篮球场向居民开放", "羽毛球馆(6片)错时开放", "田径场早晚开放", "乒乓球室"],
        "平日十九点到二十一点,节假日全天,凭居民码进门。"),
    resource("culture.show", Equipment, (1, 6), "套", &["舞台音响灯光", "演出服装", "LED 屏可借"], "需自带电工或由我们派人,借用不过夜。"),
    resource("culture.heritage", Talent, (1, 5), "人", &["绵竹年画传承人", "竹编、剪纸手艺人", "书法家协会会员写春联"], "一次两小时,带材料,名额三十人内最好。"),
    resource("environment.cleaning", Equipment, (1, 8), "台", &["高压冲洗车", "垃圾清运车", "割草机、绿篱机"], "含驾驶员,油费自理,提前两天约。"),
    resource("environment.greening", Other, (50, 500), "株", &["时令花苗赠送", "园林师傅技术指导和苗木", "腐叶土、花盆可领"], "春秋两季集中发放,领后请自行养护。"),
    resource("safety.fire", Equipment, (10, 100), "具", &["消防体验帐篷和灭火演练器材", "独立式烟感报警器", "二氧化碳灭火器"], "优先独居老人和老旧院落。"),
    resource("safety.traffic", Venue, (10, 120), "个", &["夜间共享停车位", "节假日机关车位开放", "{单位}地面车位错时共享", "新能源车充电桩对外开放"],
        "十八点至次日七点,节假日全天。按车牌识别进出,超时不清场将暂停资格。"),
    resource("safety.fraud", Information, (0, 0), "份", &["最新骗局提示与短视频素材", "反诈宣传折页"], "每月更新一次,可转发到居民群。"),
    resource("safety.patrol", Equipment, (5, 40), "套", &["对讲机、强光手电、反光背心", "移动监控布控球"], "借给平安巡逻队使用,按季盘点。"),
    resource("mediation.neighbours", Talent, (1, 6), "人", &["金牌调解员工作室", "退休法官说理团"], "接到社区预约后三个工作日内到场。"),
    resource("mediation.property", Talent, (1, 4), "人", &["物业行业专家库", "维修资金审核顾问"], "可列席三方会议,出书面意见。"),
    resource("care.elderly", Venue, (5, 30), "位", &["日间照料床位", "老年食堂余量", "助浴间可预约"], "六十岁以上居民凭证优先,困难老人免费。"),
    resource("care.elderly", Other, (20, 200), "份", &["老人营养餐配送额度", "适老化改造材料包"], "由社区提名单,按月结算。"),
    resource("care.children", Venue, (4, 20), "场", &["儿童活动室", "亲子厨房", "小小消防站参观名额"], "每场二十组家庭以内,需家长陪同。"),
    resource("care.disabled", Talent, (1, 6), "人", &["手语翻译", "导盲陪伴志愿者", "康复辅具评估师"], "提前五天预约,可陪同就医办事。"),
    resource("relief.goods", Other, (20, 300), "份", &["米面油爱心包", "临期食品安全捐赠", "八成新冬衣被褥", "日用清洁包"], "每月一批,送货到社区爱心超市。"),
    resource("relief.fund", Fund, (10_000, 200_000), "元", &["{单位}社区微公益基金", "助学帮困资金", "大病救助专项", "老旧院落微改造补助资金"],
        "按项目申请,单个不超过两万元,需公示用途和票据。"),
    resource("relief.wish", Fund, (2_000, 20_000), "元", &["微心愿认领资金池", "职工一日捐"], "单个心愿三百元以内,随时认领。"),
    resource("party.lecture", Talent, (2, 10), "人", &["党课讲师团", "老战士宣讲员", "劳模工匠宣讲队"], "主题可点单,四十分钟一课,方言普通话都行。"),
    resource("party.activity", Venue, (4, 20), "场", &["党员教育基地", "党员活动室(40座)", "红色影厅"], "工作日开放,提前两天预约,讲解员免费。"),
    resource("science.lecture", Venue, (4, 20), "场", &["科普展厅团体参观", "水厂开放日名额", "气象观测站参观"], "每场三十人,配讲解员,需自行组织车辆。"),
    resource("science.lecture", Equipment, (1, 5), "台", &["天文望远镜", "移动科普大篷车", "3D 打印机体验"], "随车两名辅导员。"),
    resource("science.digital", Talent, (3, 15), "人", &["手机课堂讲师", "青年助老志愿者"], "自带教材和演示手机。"),
    resource("employment.training", Venue, (2, 10), "期", &["实训车间(电工、焊工)", "烘焙实训室", "计算机机房"], "周末开放,耗材按成本收。"),
    resource("employment.fair", Information, (0, 0), "条", &["每周岗位信息", "零工驿站用工需求"], "每周一更新,可张贴到社区公示栏。"),
    resource("employment.advice", Talent, (1, 5), "人", &["创业导师", "财税顾问", "小微贷款专员"], "一对一咨询,每次一小时。"),
    resource("disaster.supplies", Equipment, (1, 20), "台", &["柴油发电机", "抽水泵和水带", "冲锋舟", "应急照明车"], "汛期二十四小时待命,凭社区电话先用后补手续。"),
    resource("disaster.supplies", Other, (50, 500), "件", &["雨衣雨靴沙袋", "饮用水和方便食品储备", "折叠床和棉被"], "应急时优先保障本社区。"),
    resource("disaster.rescue", Talent, (10, 60), "人", &["民兵应急分队", "蓝天救援志愿者", "电力抢修班组"], "接到求助后一小时内集结。"),
    resource("convenience.repair", Talent, (2, 8), "人", &["家电维修师傅", "水电工师傅", "开锁修锁师傅(公安备案)"], "人工免费,零件收成本价。"),
    resource("convenience.facilities", Other, (5, 60), "件", &["旧路灯翻新可装", "长椅和晾衣架", "无障碍坡道板"], "含安装,社区只需确定点位。"),
    resource("convenience.facilities", Talent, (3, 15), "人", &["工程技术人员", "规划师进社区"], "可做现场踏勘、概算和图纸。"),
];

/// Resources of communities.
#[rustfmt::skip]
pub(in crate::command::demo) const OF_COMMUNITIES: &[Entry] = &[
    resource("culture.hall", Venue, (6, 40), "场", &["{社区}多功能厅(150平方米)", "{小区}架空层活动室", "社区小剧场(100座)", "楼顶共享空间"], "居民和共建单位都可预约,用后打扫。"),
    resource("party.activity", Venue, (6, 30), "场", &["{社区}党群服务中心会议室", "初心学堂(50座)", "党员之家"], "共建单位支部可来过组织生活,有投影和国旗党旗。"),
    resource("culture.sport", Venue, (10, 60), "场", &["社区健身房", "{小区}笼式足球场", "乒乓球室(4台)"], "工作日上午空闲较多,可供单位职工使用。"),
    resource("edu.reading", Venue, (6, 30), "场", &["社区书屋自习位", "{小区}睦邻书吧"], "可办读书会,藏书三千册。"),
    resource("care.children", Venue, (5, 30), "位", &["四点半课堂余位", "暑期托管班名额"], "双职工家庭和共建单位子女可报名。"),
    resource("safety.traffic", Venue, (5, 40), "个", &["{小区}白天空余车位", "社区广场临时车位"], "八点半到十七点半,供单位来访车辆使用。"),
    resource("party.joint", Talent, (2, 10), "人", &["社区宣讲员", "小区议事会召集人", "网格员带路入户"], "熟悉居民情况,可配合单位开展走访调查。"),
    resource("employment.fair", Information, (0, 0), "条", &["居民求职登记信息", "空置商铺信息"], "经本人同意后提供,仅用于招聘对接。"),
    resource("convenience.facilities", Equipment, (2, 20), "顶", &["遮阳帐篷和折叠桌椅", "便携音响和话筒", "手推车和梯子"], "登记借用,三天内归还。"),
    resource("culture.show", Talent, (10, 40), "人", &["{社区}合唱团", "腰鼓队、广场舞队", "社区川剧票友"], "单位活动可邀演出,只需管接送。"),
    resource("relief.fund", Fund, (5_000, 40_000), "元", &["社区公益微基金", "居民互助金"], "支持单位与社区联办的小项目,先申请后评议。"),
    resource("relief.goods", Other, (20, 100), "份", &["爱心超市兑换物资", "闲置儿童用品"], "积分兑换或困难职工凭介绍信领取。"),
];

//! Names of units by kind. `{区}` is the district, `{市}` the city, `{街}` a street, `{字}` a name of one's own.

use entity::party::{UnitKind, UnitLevel};

use UnitKind::{
    Government, Hospital, Other, PrivateEnterprise, Property, PublicInstitution, School, SocialOrganisation,
    StateEnterprise,
};

/// How a unit is named: its kind, the level it answers to, and its name.
pub(in crate::command::demo) type Pattern = (UnitKind, UnitLevel, &'static str);

const CENTRAL: UnitLevel = UnitLevel::Central;
const PROVINCIAL: UnitLevel = UnitLevel::Provincial;
const CITY: UnitLevel = UnitLevel::City;
const DISTRICT: UnitLevel = UnitLevel::District;
const STREET: UnitLevel = UnitLevel::Street;

/// Units of a district in the order in which they take part. Those with a street or a name of their own come again with
/// the next street or name; the others once.
#[rustfmt::skip]
pub(in crate::command::demo) const UNITS: &[Pattern] = &[
    (Government, DISTRICT, "{区}民政局"), (Hospital, DISTRICT, "{区}人民医院"), (School, DISTRICT, "{区}实验小学"),
    (StateEnterprise, CENTRAL, "国网四川省电力公司{区}供电分公司"), (Property, DISTRICT, "德阳{字}物业服务有限公司"),
    (SocialOrganisation, DISTRICT, "{区}{字}社会工作服务中心"), (Government, DISTRICT, "{区}人民法院"),
    (PublicInstitution, DISTRICT, "{区}文化馆"), (PrivateEnterprise, DISTRICT, "德阳{字}商贸有限公司"),
    (Government, STREET, "{区}公安分局{街}派出所"), (Hospital, STREET, "{街}社区卫生服务中心"), (School, DISTRICT, "{区}{字}幼儿园"),
    (Government, DISTRICT, "{区}司法局"), (Government, DISTRICT, "{区}教育局"), (StateEnterprise, PROVINCIAL, "四川{字}银行{区}支行"),
    (PublicInstitution, DISTRICT, "{区}图书馆"), (SocialOrganisation, DISTRICT, "{区}{字}志愿者协会"),
    (Property, DISTRICT, "四川{字}物业管理有限公司{区}分公司"), (School, DISTRICT, "{区}{字}小学"), (Hospital, DISTRICT, "{区}中医医院"),
    (PrivateEnterprise, DISTRICT, "四川{字}科技有限公司"), (Government, DISTRICT, "{区}人力资源和社会保障局"),
    (Government, STREET, "{街}司法所"), (PublicInstitution, DISTRICT, "{区}疾病预防控制中心"), (School, DISTRICT, "{区}第一中学"),
    (StateEnterprise, CENTRAL, "中国移动{区}分公司"), (Other, DISTRICT, "{区}{字}商会"), (Government, DISTRICT, "{区}住房和城乡建设局"),
    (PrivateEnterprise, DISTRICT, "德阳{字}大药房连锁有限公司"), (Government, DISTRICT, "{区}消防救援大队"),
    (Government, DISTRICT, "{区}综合行政执法局"), (SocialOrganisation, DISTRICT, "{区}{字}养老服务中心"), (School, DISTRICT, "{区}职业中学"),
    (Property, DISTRICT, "德阳{字}城市服务有限公司"), (Hospital, DISTRICT, "{区}妇幼保健院"), (PublicInstitution, DISTRICT, "{区}融媒体中心"),
    (StateEnterprise, DISTRICT, "{区}城市建设投资有限公司"), (PrivateEnterprise, DISTRICT, "德阳{字}餐饮管理有限公司"),
    (Government, DISTRICT, "{区}人民检察院"), (Government, DISTRICT, "{区}市场监督管理局"), (Government, DISTRICT, "{区}应急管理局"),
    (SocialOrganisation, DISTRICT, "{区}{字}公益慈善基金会"), (Other, PROVINCIAL, "{区}{字}律师事务所"), (School, DISTRICT, "{区}{字}中学"),
    (PublicInstitution, DISTRICT, "{区}科技馆"), (Government, DISTRICT, "{区}交通运输局"), (PrivateEnterprise, DISTRICT, "四川{字}建筑工程有限公司"),
    (StateEnterprise, CENTRAL, "中国邮政集团有限公司{区}分公司"), (Hospital, DISTRICT, "德阳{字}口腔医院"), (Government, DISTRICT, "{区}税务局"),
    (Government, DISTRICT, "{区}卫生健康局"), (SocialOrganisation, DISTRICT, "{区}{字}儿童服务中心"), (School, DISTRICT, "{区}特殊教育学校"),
    (PublicInstitution, DISTRICT, "{区}殡葬管理所"), (Government, DISTRICT, "{区}退役军人事务局"), (PrivateEnterprise, DISTRICT, "德阳{字}家政服务有限公司"),
    (StateEnterprise, DISTRICT, "{区}自来水有限公司"), (StateEnterprise, DISTRICT, "{区}燃气有限公司"), (Government, DISTRICT, "{区}财政局"),
    (Government, DISTRICT, "{区}农业农村局"), (PublicInstitution, DISTRICT, "{区}全民健身服务中心"), (Hospital, DISTRICT, "{区}第二人民医院"),
    (SocialOrganisation, DISTRICT, "{区}{字}心理健康协会"), (PrivateEnterprise, DISTRICT, "德阳{字}超市有限责任公司"),
    (Government, DISTRICT, "{区}自然资源局"), (Government, DISTRICT, "{区}水利局"), (Government, DISTRICT, "{区}审计局"),
    (Government, DISTRICT, "{区}总工会"), (Government, DISTRICT, "{区}妇女联合会"), (Government, DISTRICT, "{区}残疾人联合会"),
    (Government, DISTRICT, "{区}人民武装部"), (PublicInstitution, DISTRICT, "{区}园林绿化管理所"), (PublicInstitution, DISTRICT, "{区}环境卫生管理所"),
    (StateEnterprise, PROVINCIAL, "四川{字}农村商业银行{区}分行"), (School, DISTRICT, "{区}{字}艺术学校"), (Hospital, DISTRICT, "德阳{字}眼科医院"),
];

/// Units of the city, which stand in its first district.
#[rustfmt::skip]
pub(in crate::command::demo) const CITY_UNITS: &[Pattern] = &[
    (Government, CITY, "{市}民政局"), (Hospital, CITY, "{市}人民医院"), (StateEnterprise, CENTRAL, "东方{字}重型机械集团有限公司"),
    (School, PROVINCIAL, "四川{字}职业技术学院"), (PublicInstitution, CITY, "{市}博物馆"), (Government, CITY, "{市}司法局"),
    (StateEnterprise, CITY, "{市}公共交通有限公司"), (Hospital, CITY, "{市}第二人民医院"), (PublicInstitution, CITY, "{市}图书馆"),
    (SocialOrganisation, CITY, "{市}红十字会志愿服务队"), (Government, CITY, "{市}科学技术协会"), (School, CITY, "{市}第五中学"),
];

/// What units call themselves.
#[rustfmt::skip]
pub(in crate::command::demo) const OWN_NAMES: &[&str] = &[
    "旌晖", "同心", "益民", "众诚", "和瑞", "恒安", "启明", "蜀光", "川越", "惠民", "新源", "安泰", "嘉悦", "康宁", "鼎盛",
    "瑞丰", "华兴", "天成", "暖阳", "守望", "乐邻", "春雨", "晨星", "微光", "拾光", "向日葵", "金穗", "绿野", "万家", "百信",
    "宏远", "宏达", "盛源", "智汇", "蓝海", "博雅", "育才", "思源", "崇实", "弘文", "景程", "锦城", "旌城", "玉龙", "长虹",
    "凯瑞", "永盛", "泰和", "顺安", "美邻", "优居", "家和", "福佑", "仁爱", "慈济", "杏林", "济康", "济世", "好邻", "全顺",
    "中旌", "正源", "正和", "诚达", "信德", "明远", "致远", "知行", "求是", "立德", "星火", "炬光", "鸿雁", "青禾", "青苗",
    "小橘灯", "蒲公英", "爱之家", "阳光里", "邻里帮", "手拉手", "心语", "听雨", "牵手", "彩虹", "东篱", "南风", "西岭", "北辰",
];

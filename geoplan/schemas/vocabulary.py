"""Closed word lists (代码表) that the layers share."""

from __future__ import annotations

from geoplan.schemas.model import Choice, Column, coded, date, flag, text


def _list(*rows: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(r[0], r[1], tuple(r[2:])) for r in rows)


SECRECY = _list(
    ("public", "公开"),
    ("internal", "内部", "内部资料"),
    ("state_confidential", "秘密"),
    ("state_secret", "机密"),
    ("state_top_secret", "绝密"),
)

COMMON: tuple[Column, ...] = (
    text("source", "数据来源", "来源", "资料来源"),
    date("source_date", "数据日期", "资料日期", "统计日期"),
    coded("secrecy", "密级", SECRECY),
    flag("synthetic", "是否演示数据", "演示数据"),
    date("valid_from", "生效日期", "启用日期"),
    date("valid_to", "失效日期", "撤销日期"),
)
"""Columns that every layer has."""

LEVEL = _list(
    ("province", "省级", "省"),
    ("prefecture", "地级", "市", "地级市"),
    ("county", "县级", "县", "县（市、区）", "区县"),
    ("township", "乡级", "镇（街道）", "乡镇", "乡镇街道"),
    ("village", "村级", "村（社区）", "村社区"),
)

UNIT_KIND = _list(
    ("province", "省"),
    ("prefecture_city", "地级市"),
    ("district", "市辖区", "区"),
    ("county", "县"),
    ("county_city", "县级市"),
    ("street", "街道", "街道办事处"),
    ("town", "镇"),
    ("township", "乡"),
    ("community", "社区", "居委会", "居民委员会"),
    ("village", "村", "村委会", "村民委员会", "行政村"),
    ("functional", "功能区", "开发区", "林场", "风景区"),
)

FACILITY_KIND = _list(
    ("institution", "养老机构", "养老院", "敬老院", "老年公寓"),
    ("hardship_institution", "特困人员供养服务机构", "福利院", "农村福利院", "县级福利院"),
    ("community_elderly", "社区养老服务设施", "社区养老服务中心", "社区养老综合服务设施"),
    ("daycare", "日间照料中心", "社区日间照料中心", "老年人日间照料中心"),
    ("activity_centre", "老年人互助照料活动中心", "农村幸福院", "老年活动中心"),
    ("guidance_centre", "养老服务指导中心"),
    ("community_service", "社区综合服务设施", "党群服务中心", "村级综合服务设施", "社区服务中心"),
    ("social_work_station", "社会工作服务站", "社工站"),
    ("volunteer_station", "志愿服务站", "志愿服务站点"),
    ("incubator", "社会组织孵化基地"),
    ("child_protection_station", "未成年人保护工作站", "未保站"),
    ("child_protection_centre", "未成年人保护中心", "未成年人救助保护中心"),
    ("children_home", "儿童福利院"),
    ("psychiatric_hospital", "精神病人福利院"),
    ("rescue_station", "救助管理站", "救助站"),
    ("marriage_office", "婚姻登记机关", "婚姻登记处"),
    ("lottery_outlet", "福利彩票销售网点", "福彩网点"),
    ("funeral_home", "殡仪馆"),
    ("funeral_service_point", "殡仪服务网点", "殡仪服务站"),
    ("hospital", "综合医院", "医院"),
    ("tcm_hospital", "中医医院", "中医院"),
    ("village_clinic", "村卫生室", "卫生室"),
    ("other", "其他"),
)

FUNCTION = _list(
    ("full_time", "全托", "全日托养", "长期照护"),
    ("day", "日托", "日间托养"),
    ("home", "上门", "上门服务", "居家上门"),
    ("guidance", "对下指导", "指导"),
    ("daycare", "日间照料"),
    ("dementia", "失智照护", "失智专区"),
    ("disability_care", "失能照护", "失能部分失能照护"),
    ("social_work", "社会工作"),
    ("volunteer", "志愿服务"),
    ("child_protection", "未成年人保护"),
    ("geriatrics", "老年医学科"),
    ("rehabilitation", "康复科"),
    ("regional_centre", "区域性供养服务中心", "区域中心"),
)

SERVICE = _list(
    ("meals", "助餐", "老年餐桌", "送餐"),
    ("cleaning", "助洁", "保洁"),
    ("medical", "助医", "陪诊"),
    ("bathing", "助浴"),
    ("mobility", "助行"),
)

FACILITY_STATUS = _list(
    ("planned", "规划", "拟建", "规划中"),
    ("building", "在建", "建设中"),
    ("operating", "运营", "在用", "正常", "已建成", "运行", "开放"),
    ("suspended", "停业", "暂停", "停用"),
    ("closed", "关闭", "撤销", "注销"),
)

BUILD_STATUS = _list(("new", "新建"), ("existing", "已建成", "既有", "建成", "老旧小区"))

ACQUISITION = _list(
    ("build", "补建", "新建"),
    ("purchase", "购置"),
    ("swap", "置换"),
    ("lease", "租赁"),
    ("convert", "改造"),
)

ROAD_CLASS = _list(
    ("motorway", "高速公路", "高速"),
    ("trunk", "国道", "快速路"),
    ("primary", "省道", "主干路"),
    ("secondary", "县道", "次干路"),
    ("tertiary", "乡道", "支路"),
    ("residential", "街巷", "居住区道路", "街坊路", "living_street"),
    ("service", "内部道路"),
    ("track", "机耕道", "田间道"),
    ("village", "村道", "unclassified"),
    ("footway", "步行道", "人行道", "pedestrian"),
    ("path", "小路", "cycleway", "bridleway"),
    ("steps", "台阶"),
)

LEGAL_STATUS = _list(
    ("agreed", "已勘定", "已签协议"),
    ("approved", "已批准"),
    ("working", "工作线", "未勘定"),
    ("disputed", "争议", "有争议"),
)

TECHNICAL_STATUS = _list(
    ("edge_matched", "已接边"),
    ("not_edge_matched", "未接边"),
)

MARKER_TYPE = _list(
    ("Q", "单立", "单立桩"),
    ("A", "同号双立A", "双立A"),
    ("B", "同号双立B", "双立B"),
    ("C", "同号三立C", "三立C"),
    ("D", "同号三立D", "三立D"),
    ("E", "同号三立E", "三立E"),
)

MARKER_SHAPE = _list(("two_faced", "双面", "双面桩"), ("three_faced", "三面", "三面桩"))

DOCUMENT_KIND = _list(
    ("agreement", "界线协议书", "协议书", "勘界协议书"),
    ("agreement_map", "协议书附图", "附图"),
    ("approval", "批复", "批准文件"),
    ("decision", "处理决定", "裁决"),
    ("peace_agreement", "平安边界协议", "平安边界建设协议"),
    ("inspection_report", "联检报告"),
    ("marker_register", "界桩登记表"),
    ("filing", "备案文件", "备案"),
    ("change_agreement", "变更协议"),
    ("other", "其他"),
)

EVIDENCE_CLASS = _list(
    ("A", "依据类", "甲类", "第七条"),
    ("B", "参考类", "乙类", "第八条"),
    ("none", "不予采纳", "其他"),
)

CASE_STATE = _list(
    ("raised", "已提出", "提出"),
    ("negotiating", "协商中", "协商"),
    ("submitted", "已上报", "上报"),
    ("mediated", "已调解", "调解"),
    ("decided", "已决定", "决定"),
    ("agreed", "已达成协议", "达成协议"),
    ("surveyed", "已测绘", "联合测绘"),
    ("filed", "已备案", "备案"),
    ("closed", "已结案", "结案"),
)

HAZARD_STATE = _list(
    ("open", "待处理", "未处理"),
    ("handling", "处理中", "办理中"),
    ("closed", "已办结", "办结"),
)

MARKER_CONDITION = _list(
    ("intact", "完好"),
    ("faded", "字迹模糊"),
    ("damaged", "损坏", "断裂"),
    ("tilted", "倾斜"),
    ("moved", "移位"),
    ("lost", "丢失"),
    ("endangered", "受威胁"),
    ("reference_missing", "方位物缺失"),
    ("withdrawn", "报废", "已报废"),
)

POSITIONING = _list(
    ("rtk", "RTK", "网络RTK", "CORS", "差分定位"),
    ("phone", "手机", "手机定位"),
)

CEMETERY_KIND = _list(
    ("public_cemetery", "公益性公墓"),
    ("ash_hall", "骨灰堂"),
    ("commercial_cemetery", "经营性公墓"),
    ("burial_site", "公益性安葬（放）点", "公益性墓地"),
)

RESTRICTED_CLASS = _list(
    ("expressway", "高速公路"),
    ("trunk_road", "公路干线", "国省道"),
    ("railway", "铁路"),
    ("river", "河道"),
    ("farmland", "耕地"),
    ("forest", "林地"),
    ("water_source", "水源保护区"),
    ("relic", "文物保护区"),
    ("scenic", "旅游景区", "风景名胜区"),
    ("nature_reserve", "自然保护区"),
    ("residential", "集中住宅区"),
)

NAME_STATUS = _list(
    ("draft", "拟名"),
    ("approved", "已批准"),
    ("filed", "已备案"),
    ("announced", "已公告", "现行"),
    ("renamed", "已更名"),
    ("abolished", "已销名"),
)

PROJECT_STATUS = _list(
    ("planned", "规划", "拟建"),
    ("building", "在建", "under_construction"),
    ("complete", "完工", "建成", "已完成"),
    ("stopped", "停建"),
)

NAME_FORM_KIND = _list(
    ("standard", "标准名称", "标准名"),
    ("former", "曾用名", "旧名"),
    ("alias", "别名", "又名"),
    ("short", "简称"),
    ("dialect", "方言名", "俗名"),
    ("minority", "少数民族语名称", "少数民族语"),
)

NAME_FORM_STATUS = _list(
    ("proposed", "拟用"),
    ("current", "现用", "现行"),
    ("closed", "停用", "已停用"),
)

READING_SOURCE = _list(
    ("reviewed", "已审定", "审定"),
    ("curated", "读音表", "已整理"),
    ("proposed", "软件拟定", "拟定"),
    ("written", "照录", "字母数字"),
)

USE_PERIOD = _list(("current", "现今", "现今地名"), ("historic", "历史", "历史地名"))

SURVEY_METHOD = _list(("measured", "实测"), ("map", "图解"))

NAME_CASE_KIND = _list(
    ("naming", "命名"),
    ("rename", "更名"),
    ("retire", "销名"),
    ("register_existing", "既有地名登记", "补登"),
    ("filing", "备案", "备案接收"),
)

NAME_CASE_STATE = _list(
    ("draft", "拟稿"),
    ("submitted", "已申请", "已受理"),
    ("checked", "已审查", "审查通过"),
    ("consulted", "已征求意见", "已论证"),
    ("approved", "已批准", "待备案公告"),
    ("filed", "已备案", "待公告"),
    ("announced", "已公告", "待备案"),
    ("settled", "已备案公告"),
    ("published", "已公布"),
    ("closed", "已办结", "办结"),
    ("refused", "不予批准"),
    ("withdrawn", "已撤回"),
)

APPROVER_KIND = _list(
    ("government", "人民政府", "政府"),
    ("name_department", "地名主管部门", "地名部门"),
    ("other_department", "其他部门", "其他主管部门"),
)

NAME_PAPER = _list(
    ("application", "申请书"),
    ("evaluation", "评估报告"),
    ("expert_report", "专家论证报告"),
    ("opinions", "征求意见情况报告"),
    ("department_opinion", "地名主管部门意见"),
    ("protection", "地名保护措施"),
    ("approval", "批复", "批准文件"),
    ("filing_form", "备案登记表"),
    ("filing_report", "备案报告"),
    ("notice", "公告"),
    ("receipt", "公布回执", "回执"),
)

RENAME_REASON = _list(
    ("division_change", "行政区划变更"),
    ("construction", "城乡建设"),
    ("natural_change", "自然变化"),
    ("rule_breach", "不符合命名规定"),
)

SIGN_KIND = _list(
    ("street", "街牌", "街路牌", "路牌"),
    ("lane", "巷牌"),
    ("building", "楼牌"),
    ("door", "门牌"),
    ("entrance", "单元牌"),
    ("village", "村牌"),
    ("other", "其他"),
)

SIGN_CONDITION = _list(
    ("intact", "完好"),
    ("faded", "字迹模糊"),
    ("damaged", "损坏"),
    ("lost", "丢失"),
    ("removed", "已拆除"),
)

HERITAGE_STATUS = _list(
    ("candidate", "候选"),
    ("listed", "已列入", "已列入名录"),
    ("struck", "已除名"),
)

STREET_SIDE = _list(("left", "左侧", "左"), ("right", "右侧", "右"))

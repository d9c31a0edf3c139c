"""A second set of phrases for `events.py`, of other kinds and words: blasts, abductions, trials.

Written before the rules that they try, and kept back from them. Towns have quarters, numbers are words, weekdays are
named, and reporters of one event may disagree about a number.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from mihakk.annotate.document import Article

HEADLINES = {
    "blast": (
        "انفجار سيارة مفخخة في {quarter} ب{town}",
        "{dead} ضحايا في تفجير هز {town}",
        "دوي انفجار عنيف في {town} {when}",
        "الداخلية تكشف هوية منفذ تفجير {quarter}",
        "{town} تودع ضحايا التفجير",
        "{who}: تفجير {quarter} لن يمر من دون عقاب",
    ),
    "abduction": (
        "مجهولون يختطفون {role} {who} في {town}",
        "اختطاف {role} على طريق {town}",
        "وقفة في {town} تطالب بإطلاق {role} المخطوف",
        "خاطفو {who} يطلبون فدية",
        "عائلة {who} تناشد الخاطفين",
        "الإفراج عن {role} بعد أيام من خطفه في {town}",
    ),
    "trial": (
        "محكمة {town} تبدأ محاكمة {who}",
        "السجن {years} سنوات ل{who} بتهمة {charge}",
        "تأجيل جلسة {who} في {town}",
        "دفاع {who} يطعن في تهمة {charge}",
        "شهود يروون أمام محكمة {town} تفاصيل قضية {charge}",
        "احتجاج أمام محكمة {town} على محاكمة {role}",
    ),
}
LEADS = {
    "blast": (
        "هز انفجار عنيف {quarter} في مدينة {town} {when} {day}، وأوقع {dead} قتلى و{hurt} جريحا وفق حصيلة أولية.",
        "لقي {dead} أشخاص حتفهم عندما انفجرت سيارة ملغومة كانت متوقفة قرب {target} في {quarter}.",
        "قالت وزارة الداخلية إن منفذ تفجير {town} دخل المدينة قبل يومين، وإن التحقيق مع موقوفين مستمر.",
        "ارتفع عدد ضحايا الانفجار الذي ضرب {quarter} {day} إلى {dead}، بعدما فارق جريح الحياة.",
        "شارك المئات في {town} في وداع من قضوا في تفجير {target}.",
        "تعهد {who} بملاحقة من يقف خلف التفجير الذي استهدف {target} في {town}.",
    ),
    "abduction": (
        "أقدم مسلحون ملثمون {when} {day} على خطف {role} {who} من أمام منزله في {quarter} بمدينة {town}.",
        "اعترضت سيارتان {role} على الطريق المؤدي إلى {town} واقتادتاه إلى جهة غير معلومة.",
        "تجمع {hurt} من أهالي {town} مطالبين بالكشف عن مصير {who} الذي خطف {day}.",
        "تلقى أقارب {role} {who} اتصالا طلب فيه الخاطفون فدية قدرها {years} ملايين.",
        "ناشدت زوجة {who} خاطفيه أن يراعوا وضعه الصحي.",
        "عاد {role} {who} إلى منزله في {quarter} بعد وساطة من وجهاء {town}.",
    ),
    "trial": (
        "مثل {role} السابق {who} {day} أمام محكمة {town} بتهمة {charge}.",
        "قضت محكمة {town} بسجن {who} {years} سنوات بعد إدانته ب{charge}.",
        "أرجأت المحكمة النظر في قضية {charge} المتهم فيها {role} إلى الشهر المقبل.",
        "اعتبر محامي {who} أن الأدلة في قضية {charge} باطلة.",
        "استمعت محكمة {town} {day} إلى {dead} شهود في قضية {charge}.",
        "تظاهر العشرات أمام قصر العدل في {town} تضامنا مع {role} {who}.",
    ),
}
REST = {
    "blast": (
        "وسارعت سيارات الإطفاء إلى المكان، وضربت الشرطة طوقا حوله.",
        "ولم يصدر تبن للتفجير حتى ساعة إعداد هذا الخبر.",
        "وقال صاحب متجر قريب إن واجهات المحال تطايرت.",
        "ودعت المشافي السكان إلى التبرع بالدم، وقالت إن {few} من المصابين في العناية المشددة.",
        "وهذا ليس التفجير الأول الذي تشهده المحافظة هذا العام.",
    ),
    "abduction": (
        "وتزايدت حوادث الخطف في المحافظة خلال الأشهر الماضية.",
        "وقالت الشرطة إنها تتابع القضية وتفحص تسجيلات الكاميرات.",
        "ولم تتضح دوافع الخاطفين بعد.",
        "وأكد مصدر أمني توقيف {few} مشتبه بهم.",
        "وحمل ناشطون السلطات مسؤولية الفلتان الأمني.",
    ),
    "trial": (
        "ونفى المتهم جميع ما نسب إليه.",
        "وتتابع منظمات حقوقية القضية منذ بدايتها.",
        "وشددت الشرطة إجراءاتها في محيط المبنى.",
        "ويحق للطرفين استئناف الحكم خلال {few} أسابيع.",
        "وكان القضاء قد فتح ملفات مشابهة في الأعوام السابقة.",
    ),
}
TOWNS = ("الدرباس", "سنجفارة", "تل القطران", "المشيرفات", "غدران", "باب الريح", "أم العوسج", "زهرانيت")
QUARTERS = (
    "حي الدباغين",
    "حي السكة",
    "حي المطاحن",
    "سوق النحاسين",
    "حي الشمال",
    "ساحة الميزان",
    "حي القناطر",
    "كراج البلدية",
)
TARGETS = ("مركز للشرطة", "مخبز آلي", "مدرسة", "مبنى البريد", "محطة وقود", "مقر النقابة")
ROLES = ("الصيدلي", "المهندس", "الصحفي", "التاجر", "المحامي", "الطبيب")
CHARGES = ("تهريب الآثار", "اختلاس المال العام", "تمويل جماعة محظورة", "تزوير العقود", "إفشاء أسرار عسكرية")
NAMES = (
    "وضاح الكيلاني",
    "مروان الطحاوي",
    "إياد الشرقاط",
    "ناظم الحلواني",
    "فواز الدلال",
    "غالب السنوسي",
    "جابر العرقسوسي",
    "منذر الخيام",
    "عزام البرادعي",
    "صفوان القزاز",
)
NUMBERS = ("ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
MANY = ("أحد عشر", "اثني عشر", "خمسة عشر", "ثمانية عشر", "عشرين", "ثلاثة وعشرين", "ثلاثين", "أربعين")
WHEN = ("فجر", "صباح", "ظهر", "عصر", "مساء", "ليل")
WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")


def draw(seed: int, events: int, each: int, days: int, kinds: tuple[str, ...]) -> list[tuple[Article, int]]:
    """Articles, each with the number of its event."""
    chance = random.Random(seed)
    articles: list[tuple[Article, int]] = []
    for event in range(events):
        kind = kinds[event % len(kinds)]
        day = date(2025, 9, 1) + timedelta(chance.randrange(days))
        facts = {
            "town": chance.choice(TOWNS),
            "quarter": chance.choice(QUARTERS),
            "target": chance.choice(TARGETS),
            "role": chance.choice(ROLES),
            "charge": chance.choice(CHARGES),
            "who": chance.choice(NAMES),
            "hurt": chance.choice(MANY),
            "few": chance.choice(NUMBERS[:3]),
            "years": chance.choice(NUMBERS),
            "when": chance.choice(WHEN),
            "day": WEEKDAYS[day.weekday()],
        }
        dead = chance.randrange(len(NUMBERS))
        for form in chance.sample(range(6), each):
            published = day + timedelta(chance.choice((0, 0, 1, 1, 2, 3)))
            # One report in four has another number.
            other = chance.choice((-1, 1, 2)) if chance.random() < 0.25 else 0
            facts["dead"] = NUMBERS[min(max(dead + other, 0), len(NUMBERS) - 1)]
            lead = LEADS[kind][form] if chance.random() < 0.6 else chance.choice(LEADS[kind])
            parts = (HEADLINES[kind][form], lead, *chance.sample(REST[kind], 2))
            headline, *rest = (part.format(**facts) for part in parts)
            text = "\n\n".join((headline, *rest))
            articles.append(
                (Article(f"a{len(articles)}", text, title=headline, published=published.isoformat()), event)
            )
    return articles

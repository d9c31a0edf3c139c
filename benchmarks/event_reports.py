"""A third set of look-alike events for `events.py`: reports of several shapes, and each has words of its own.

Of one event there are a flash, a full report, a later toll, a follow-up, a statement and a feature. Tolls grow, and
stand in words or in either digits; the day is a weekday, a date with either name of its month, or left out; the place
stands with and without what is written together with it; a last paragraph may tell of an earlier event of the kind.
Places come again: on other days, for another event of the same day, and beside others of the same day.

Kinds, names and places are in two halves. `LOOKED_AT` was looked at while the rules were changed, `KEPT_BACK` was not.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta

from mihakk.annotate.document import Article


@dataclass(frozen=True)
class Kind:
    """What may be told of events of one kind. In [a|b], one is told."""

    shapes: tuple[tuple[str, str], ...]  # headline and lead; in order: flash, report, later toll, follow-up, ...
    rest: tuple[str, ...]
    earlier: str
    spots: tuple[str, ...]


@dataclass(frozen=True)
class Half:
    kinds: tuple[Kind, ...]
    places: tuple[str, ...]
    people: tuple[str, ...]
    parties: tuple[str, ...]


LOOKED_AT = Half(
    kinds=(
        Kind(
            shapes=(
                (
                    "[عاجل: |]مسيّرة [تضرب|تستهدف] {spot} {in}",
                    "[ذكرت|أوردت] مصادر [ميدانية|محلية] أن طائرة مسيّرة [ضربت|استهدفت] {spot} {in} {date}.",
                ),
                (
                    "{dead} قتلى [في|جراء] ضربة بمسيّرة على {spot} {in}",
                    "[قضى|قتل] {dead} أشخاص و[أصيب|جرح] {hurt} [حين|عندما] [انقضت|سقطت] مسيّرة على {spot} {in} {date}، "
                    "[على ما قال|حسب] {who} [مدير|رئيس] مستشفى المدينة.",
                ),
                (
                    "حصيلة ضربة {place} ترتفع إلى {dead}",
                    "[صعد|ارتفع] عدد [ضحايا|قتلى] الضربة [التي طالت|على] {spot} "
                    "{in} إلى {dead} بعد [وفاة مصابين|العثور على جثث] {date}.",
                ),
                (
                    "{place} تدفن [ضحاياها|قتلاها] [وسط غضب|]",
                    "[ووري|دفن] {date} [ضحايا|قتلى] المسيّرة التي [أصابت|ضربت] {spot} {in}، بحضور {who}.",
                ),
                (
                    "{party} [يتنصل من|ينفي] ضربة {place}",
                    "قال [الناطق باسم|متحدث باسم] {party} {date} إن قواته "
                    "[لم تشن|لا صلة لها ب] أي هجوم على {spot} {in}.",
                ),
                (
                    "[حكايات من|في] {place}: [ما بعد المسيّرة|يوم سقطت المسيّرة]",
                    "[يقف|يجلس] {who} أمام ما بقي من {spot} {in}، حيث [فقد|ودع] {dead} من [جيرانه|أقاربه].",
                ),
                (
                    "[الأمم المتحدة|منظمة حقوقية] تطلب [تحقيقا في|توضيحا عن] ضربة {place}",
                    "[دعت|طالبت] المنظمة {date} {party} بالكشف عن ملابسات الضربة التي [أودت ب|قتلت] {dead} {in}.",
                ),
            ),
            rest=(
                "[وأظهرت|وبينت] [صور|لقطات] [تداولها السكان|نشرت على الشبكة] [دخانا|ألسنة لهب] [فوق|من] {spot}.",
                "[ولم يصدر|ولم يرد] [تعليق|رد] من {party} [حتى الساعة|إلى الآن].",
                "وأضاف {who} أن {few} من المصابين [بحاجة إلى|ينتظرون] عمليات [عاجلة|جراحية].",
                "[وتكررت|وازدادت] ضربات المسيّرات [منذ مطلع الشتاء|في الشهرين الأخيرين] [على جانبي الجبهة|].",
                "[وأغلقت|وعلقت] السلطات [المدارس|الأسواق] [ليومين|إلى إشعار آخر].",
                "[وقال|وروى] شاهد إنه سمع [أزيزا|صوتا] ثم [انفجارا|دويا].",
            ),
            earlier="[وكانت|وسبق أن] ضربة [مماثلة|أخرى] [أوقعت|خلفت] {dead} قتلى في {place} {date}.",
            spots=("[سوق|السوق] الخضار", "محطة الوقود", "مركز الهجرة", "صوامع الحبوب", "مهجع الطلبة", "جسر السكة"),
        ),
        Kind(
            shapes=(
                (
                    "[بدء|انطلاق] [تبادل|صفقة تبادل] أسرى {in}",
                    "[بدأت|انطلقت] {date} [عملية|مراحل] تبادل [الأسرى|المحتجزين] بين الحكومة و{party} عند {spot} {in}.",
                ),
                (
                    "الإفراج عن {dead} أسيرا [في تبادل|بصفقة] {in}",
                    "[أطلق|أفرج] {party} {date} [سراح|عن] {dead} من "
                    "[الأسرى|جنود الحكومة] عند {spot} {in} [بإشراف|بوساطة] {who}.",
                ),
                (
                    "عدد المفرج عنهم {in} [يبلغ|يصل إلى] {dead}",
                    "[وصل|بلغ] عدد [من أفرج عنهم|المحررين] {in} {dead} "
                    "بعد [وصول الحافلة الأخيرة|الدفعة الثانية] {date}.",
                ),
                (
                    "عائلات [تستقبل|تنتظر] [العائدين|المحررين] {in}",
                    "[استقبلت|احتضنت] عائلات {date} أبناءها [العائدين|المفرج عنهم] عند {spot} {in} وسط [دموع|زغاريد].",
                ),
                (
                    "{who}: [تبادل|صفقة] {place} [بداية|خطوة أولى]",
                    "[وصف|اعتبر] الوسيط {who} {date} ما جرى {in} [بأنه خطوة|إنجازا] [ستليه|تتبعه] [دفعات|جولات] أخرى.",
                ),
                (
                    "{party} يتهم الحكومة [بعرقلة|بتأخير] تبادل {place}",
                    "[اتهم|حمل] {party} الحكومة {date} [بالتراجع عن|مسؤولية تعطيل] "
                    "[قوائم|أسماء] اتفق عليها {in} وتضم {dead} أسيرا.",
                ),
                (
                    "[سنوات الغياب|وجوه من التبادل]: [عائد|أسير] من {place} [يروي|يتذكر]",
                    "[نزل|ترجل] {who} من الحافلة عند {spot} {in} "
                    "[بعد أربع سنوات|للمرة الأولى منذ أسره]، [وهو واحد|أحد] من {dead}.",
                ),
            ),
            rest=(
                "[ونقلت|وأقلت] حافلات الصليب الأحمر [العائدين|المفرج عنهم] إلى [فندق|مركز طبي].",
                "[وجرى|وتم] [التوافق|الاتفاق] على القوائم [بعد أشهر|إثر مفاوضات طويلة].",
                "وقال {who} إن {few} منهم [مرضى|يحتاجون إلى علاج].",
                "[ويحتجز|ولا يزال] كل طرف [مئات|عددا كبيرا] من [الأسرى|المعتقلين].",
                "[ولم تعلق|ولم ترد] الحكومة على [اتهامات|بيان] {party}.",
                "[ومنع|ولم يسمح] للصحفيين [الاقتراب|التصوير] [من الحافلات|].",
            ),
            earlier="[وشهدت|وعرفت] {place} {date} [تبادلا|صفقة] [شملت|ضم] {dead} أسيرا.",
            spots=(
                "معبر القصب",
                "[ملعب|الملعب] البلدي",
                "مدرج المطار القديم",
                "قلعة الحدود",
                "محلج القطن",
                "جسر القوارب",
            ),
        ),
    ),
    places=(
        "الشويرات",
        "أم الغزلان",
        "طاحونة البيك",
        "هرمود",
        "المزيريب الشرقي",
        "قلعة جندل",
        "الرصافات",
        "بحر النخل",
        "تيماشان",
    ),
    people=(
        "رشاد العنبري",
        "هالة المسلماني",
        "فيصل الجوخدار",
        "سلمى البيطار",
        "أمجد الحصني",
        "نهاد القلعجي",
        "دانيال هوفر",
        "رغد الكسواني",
    ),
    parties=("مجلس الشرق", "لواء الفرقدين", "الجبهة الساحلية"),
)

KEPT_BACK = Half(
    kinds=(
        Kind(
            shapes=(
                (
                    "[غرق|انقلاب] [قارب|مركب] [قبالة|قرب] {place}",
                    "[أعلن|أفاد] خفر السواحل [بغرق|بفقدان] [قارب|مركب] "
                    "أقلع من {spot} {date} [قبالة|على مسافة من] {place}.",
                ),
                (
                    "{dead} [غرقى|ضحايا] في [انقلاب|غرق] [قارب|زورق] [قبالة|قرب] {place}",
                    "[انتشل|أخرج] [الصيادون|المنقذون] {dead} جثث و[نجا|أنقذ] {hurt} [مهاجرا|راكبا] {date} "
                    "بعد [غرق|انقلاب] [زورقهم|قاربهم] "
                    "قبالة {place}، [كما قال|وفق] {who} من الهلال الأحمر.",
                ),
                (
                    "[البحر يلفظ|العثور على] مزيد من [الجثث|الضحايا] {in} و[الحصيلة|العدد] {dead}",
                    "[بلغت|أصبحت] حصيلة [غرق القارب|الكارثة] قبالة {place} {dead} "
                    "[ضحايا|قتلى] بعدما [قذف البحر|عثر على] جثث [جديدة|أخرى] {date}.",
                ),
                (
                    "[توقيف|اعتقال] [مهربين|سماسرة] [بعد|في قضية] [غرق قارب|مركب] {place}",
                    "[أوقفت|ضبطت] الشرطة {date} {few} [أشخاص|رجال] [تشتبه|يشتبه] في أنهم "
                    "[نظموا|دبروا] الرحلة التي [انتهت|غرقت] قبالة {place} [وانطلقت|] من {spot}.",
                ),
                (
                    "{who}: [لا ناجين آخرين|البحث يتوقف] {in}",
                    "[أبلغ|قال] {who} [الصحفيين|] {date} إن [فرق البحث|الغواصين] "
                    "[أنهوا|أنهت] عملها قبالة {place} [من دون|ولا] [أثر|أمل] لناجين.",
                ),
                (
                    "[أمهات ينتظرن|انتظار] على رصيف {place}",
                    "على [رصيف|حافة] {spot} {in} [تنتظر|تسأل] نساء عن [أبنائهن|أزواجهن] "
                    "الذين [ركبوا|كانوا في] القارب مع {dead} [غيرهم|غريقا].",
                ),
                (
                    "{party} [تحمل|تتهم] خفر السواحل [مسؤولية|بالتأخر في] [نجدة|فاجعة] [قارب|مركب] {place}",
                    "[نددت|قالت] {party} {date} [إن نداء|بأن نداء] القارب قبالة "
                    "{place} [بقي بلا جواب|لم يلق ردا] [ساعات|طوال الليل].",
                ),
            ),
            rest=(
                "[وكان|وضم] القارب [يقل|على متنه] [رجالا|عائلات] من [بلدان|جنسيات] عدة.",
                "[وصعبت|وأعاقت] [الأمواج|الريح] [عمل|مهمة] [الغواصين|الزوارق].",
                "[وذكر|وأضاف] {who} أن {few} [أطفال|رضع] [بين الناجين|في عداد المفقودين].",
                "[وتنشط|وتزداد] [الرحلات|محاولات العبور] [مع هدوء البحر|في هذا الفصل].",
                "[وطالبت|ودعت] {party} إلى [ممرات|طرق] [آمنة|قانونية].",
                "[ودفعت|وسددت] العائلات [آلاف|مبالغ] [عن كل راكب|للمهربين].",
            ),
            earlier="[وفقد|وغرق] {dead} [آخرون|مهاجرا] قبالة {place} {date} في [حادث|كارثة] [مشابه|قبلها].",
            spots=("مرسى الإسفنج", "شاطئ الملاحات", "خليج الصخرة", "حوض السفن", "ميناء الصيد", "[رأس|لسان] المنارة"),
        ),
        Kind(
            shapes=(
                (
                    "[اشتباكات|تبادل نيران] [بين عشيرتين|] {in}",
                    "[دارت|اندلعت] {date} [اشتباكات|معارك] [بالرشاشات|متقطعة] "
                    "[بين|شارك فيها] مسلحين [من|و] {party} [حول|عند] {spot} {in}.",
                ),
                (
                    "{dead} [صرعى|ضحايا] في [نزاع|ثأر] {in}",
                    "[خلف|أنهى] [نزاع مسلح|قتال] [حول|عند] {spot} {in} {dead} [ضحايا|صرعى] "
                    "و{hurt} [مصابا|جريحا] {date}، [طبقا لما قاله|نقلا عن] الوجيه {who}.",
                ),
                (
                    "ضحايا [نزاع|قتال] {place} [يزدادون|صاروا {dead}]",
                    "[توفي|مات] [مصابون|مصاب] {date} [فصار|ليصبح] [ضحايا|قتلى] [القتال|النزاع] {in} {dead}.",
                ),
                (
                    "[هدنة|صلح] [توقف القتال|بين العشائر] {in}",
                    "[توصل|توافق] وجهاء [بقيادة|يتقدمهم] {who} {date} "
                    "إلى [صلح|هدنة] [يسحب|تبعد] المسلحين عن {spot} {in}.",
                ),
                (
                    "[تعزيزات|قوات] [تدخل|تنتشر في] {place} [لفض|بعد] [النزاع|القتال]",
                    "[أرسلت|دفعت] الحكومة {date} [مدرعات|أرتالا] إلى {place} [ونصبت|وأقامت] نقاطا [حول|قرب] {spot}.",
                ),
                (
                    "{party} [تنكر|تنفي] [البدء ب|إشعال] قتال {place}",
                    "[رفضت|كذبت] {party} {date} [ما قيل|رواية] عن أن رجالها "
                    "[بادروا|بدأوا] بإطلاق النار [على|عند] {spot} {in}.",
                ),
                (
                    "[ثأر قديم|جذور الخلاف]: [كيف وصلت|ماذا يجري في] {place} [إلى السلاح|]",
                    "[يعود|يرجع] الخلاف على {spot} {in} إلى [جيل مضى|عقود]، "
                    "[يقول|يروي] {who} الذي خسر {few} من [أبناء عمه|أقربائه].",
                ),
            ),
            rest=(
                "[وفرت|ونزحت] [عائلات|أسر] [إلى المزارع|نحو الضفة الأخرى] [خوفا|].",
                "[وحظر|ومنعت] المحافظ [حمل السلاح|التجول] [ثلاث ليال|].",
                "وقال {who} إن {few} [بيوت|محال] [أحرقت|نهبت].",
                "[وتنتشر|وكثر] السلاح [في أيدي العشائر|بين الأهالي] [منذ الحرب|].",
                "[واتهم|ولام] [كل طرف|الطرفان] [الآخر|بعضهما] [بخرق التهدئة|].",
                "[وتعطلت|وتوقفت] [الكهرباء|المضخات] [بعد إصابة المحول|].",
            ),
            earlier="[وسقط|وهلك] {dead} [رجال|آخرون] في {place} {date} في [ثأر|خلاف] [سابق|من النوع نفسه].",
            spots=("بئر الجفر", "أرض المشاع", "طاحونة الماء", "دوار الحصان", "[خان|بوابة] الغلال", "مقلع الحجر"),
        ),
    ),
    places=(
        "رأس جديلة",
        "سيدي مرزاق",
        "الدويرة",
        "مرسى الغراب",
        "خربة الياسر",
        "المنصورات",
        "زويلان",
        "جرف الدهب",
        "تامرست",
    ),
    people=(
        "حاتم الزليطني",
        "مبروكة الفزاني",
        "عاشور بن دلة",
        "ياقوت الصفصاف",
        "لوكا مارنجي",
        "شكيب العويني",
        "خولة الطرابيشي",
        "مفتاح القمودي",
    ),
    parties=("رابطة الجنوب", "عشيرة المواهبة", "شبكة النجدة", "عشيرة الصوالح"),
)

_UNITS = ("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
_TEENS = ("أحد عشر", "اثنا عشر", "ثلاثة عشر", "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر")
_TENS = ("عشرين", "ثلاثين", "أربعين", "خمسين", "ستين")
_WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_MONTHS = (("آذار", "مارس"), ("نيسان", "أبريل"))
_IN = ("في {}", "ب{}", "في مدينة {}", "داخل {}", "ببلدة {}", "وسط {}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass
class _Event:
    kind: Kind
    day: date
    place: str
    spot: str
    who: str
    party: str
    dead: int
    hurt: int


def draw(seed: int, half: Half, events: int, days: int, kinds: int = 2) -> list[tuple[Article, int]]:
    """Articles, each with the number of its event: one to six of each."""
    chance = random.Random(seed)
    told: list[_Event] = []
    for n in range(events):
        kind = half.kinds[n % kinds]
        drawn = (half.places, kind.spots, half.people, half.parties)
        place, spot, who, party = (chance.choice(each) for each in drawn)
        day = date(2025, 3, 10) + timedelta(chance.randrange(days))
        told.append(_Event(kind, day, place, spot, who, party, chance.randrange(3, 25), chance.randrange(5, 60)))
    articles: list[tuple[Article, int]] = []
    for n, event in enumerate(told):
        for shape in sorted(chance.sample(range(len(event.kind.shapes)), chance.choice((1, 2, 3, 3, 4, 6)))):
            later = 0 if shape < 2 else chance.choice((0, 1, 1, 2, 3))
            published = event.day + timedelta(later)
            dead = event.dead + (chance.randrange(4) if later else 0)
            rest = chance.sample(event.kind.rest, 0 if shape == 0 else chance.randrange(1, 4))
            parts = [_told(part, event, dead, chance) for part in (*event.kind.shapes[shape], *rest)]
            title = parts[0]
            others = [other for other in told if other.kind is event.kind and other.day < event.day]
            if shape and others and chance.random() < 0.35:
                other = chance.choice(others)
                parts.append(_told(event.kind.earlier, other, other.dead, chance))
            stamp = None if chance.random() < 0.03 else published.isoformat()
            articles.append((Article(f"a{len(articles)}", "\n\n".join(parts), title=title, published=stamp), n))
    return articles


def _told(part: str, event: _Event, dead: int, chance: random.Random) -> str:
    while choice := _CHOICE.search(part):
        part = part[: choice.start()] + chance.choice(choice[1].split("|")) + part[choice.end() :]
    figures = chance.randrange(3)
    few = 2 + event.dead % 4
    facts = {
        "in": chance.choice(_IN).format(event.place),
        "place": event.place,
        "spot": _CHOICE.sub(lambda choice: chance.choice(choice[1].split("|")), event.spot),
        "who": event.who if chance.random() < 0.7 else event.who.split()[-1],
        "party": event.party,
        "date": _dated(event.day, chance),
        **{key: _figure(n, figures) for key, n in (("dead", dead), ("hurt", event.hurt), ("few", few))},
    }
    return " ".join(part.format(**facts).split()).replace(" .", ".").replace(" ،", "،")


def _dated(day: date, chance: random.Random) -> str:
    weekday = _WEEKDAYS[day.weekday()]
    month = _MONTHS[day.month - 3][chance.randrange(2)]
    return chance.choice(("", "", weekday, f"يوم {weekday}", f"مساء {weekday}", f"{day.day} {month}", "اليوم"))


def _figure(number: int, figures: int) -> str:
    if figures == 0:
        return str(number)
    if figures == 1:
        return "".join(chr(ord("٠") + int(digit)) for digit in str(number))
    if number <= 10:
        return _UNITS[number]
    if number < 20:
        return _TEENS[number - 11]
    tens = _TENS[number // 10 - 2]
    return f"{_UNITS[number % 10]} و{tens}" if number % 10 else tens

"""What operators read of a bad meter, bokmål first: what is wrong, why it matters, what to do."""

from typing import Final

from sdanlegg.balance.findings.texts import Text

_WHY_NB = "Tall som bygger på måleren, er gale fra da av."
_WHY_EN = "Figures that rest on this meter are wrong from then on."

METER_TEXTS: Final[dict[str, Text]] = {
    "reversed": Text(
        "Strømning etter effekten", "Flow by the gauge",
        ("{name} går baklengs: forbruk telles som det motsatte, eller telleren står.", _WHY_NB,
         "Se etter snudde strømtrafoer eller en mengdemåler som er montert feil vei."),
        ("{name} runs backwards: what is used counts as its opposite, or the counter stands.", _WHY_EN,
         "Look for current transformers turned round, or a flow sensor mounted the wrong way.")),
    "counter_stands": Text(
        "Telt", "Counted",
        ("{name}: telleren står mens effekten viser at noe går, {expected} på seks timer.", _WHY_NB,
         "Les av måleren på stedet. Telleren eller overføringen av den er stoppet."),
        ("{name}: the counter stands while the gauge shows that something runs, {expected} in six hours.", _WHY_EN,
         "Read the meter on the spot. The counter, or what transmits it, has stopped.")),
    "gauge_and_counter": Text(
        "Av effekten på seks timer", "By the gauge in six hours",
        ("{name}: effekt og teller er ikke enige, {seen} mot {expected} på seks timer.", _WHY_NB,
         "Sammenlign begge med visningen på måleren: feil komma, frosset verdi eller stikk i overføringen."),
        ("{name}: gauge and counter do not agree, {seen} against {expected} in six hours.", _WHY_EN,
         "Compare both with the meter's display: a wrong decimal point, a frozen value or spikes in transmission.")),
    "counter_anew": Text(
        "Tellerstand etter", "Counter after",
        ("{name} begynte på nytt: fra {expected} til {seen}.",
         "Telleren er nullstilt eller måleren byttet. Forbruket er regnet videre over skiftet.",
         "Skriv opp målernummer og stand. Er ikke måleren byttet, ha et øye med den."),
        ("{name} began anew: from {expected} to {seen}.",
         "The counter was reset or the meter changed. What it counts is carried on over the change.",
         "Note the meter's number and reading. If it was not changed, keep an eye on it.")),
    "stuck": Text(
        "Verdi som står", "Value that stands",
        ("{name} står stille på {seen}.",
         "Verdien er frosset: regulering og tall som bygger på den, går på gamle verdier.",
         "Se på føleren og på målekortet i styringen."),
        ("{name} stands still at {seen}.",
         "The value is frozen: control and figures that rest on it go by old values.",
         "Look at the sensor and at the controller's measuring card.")),
    "sensors_swapped": Text(
        "Tur", "Supply",
        ("{name}: returen er varmere enn turen, {expected} mot {seen}.",
         "Følerne er byttet om, eller ført feil i overføringen. Effekt og energi kan være gale.",
         "Se etter hvilken føler som sitter i hvilket rør, og rett navn eller kobling."),
        ("{name}: the return is warmer than the supply, {expected} against {seen}.",
         "The sensors are swapped, or mapped wrongly. Power and energy may be wrong.",
         "See which sensor sits in which pipe, and put names or wiring right.")),
    "meters_swapped": Text(
        "Ganger bedre enn på egen plass", "Times better than in its own place",
        ("{name} ser ut til å være byttet om: døgnet ligner den andres.", "Hver viser den andres forbruk.",
         "Se hvilken kurs hver av dem sitter på, og rett kobling eller adresse."),
        ("{name} seem to be swapped: their days look like each other's.", "Each shows what the other should.",
         "See which circuit each of them sits on, and put wiring or address right.")),
    "meter_changed": Text(
        "Målerens visning mot før", "What the meter shows against before",
        ("{name} viser {seen} av det den viste før under like forhold.", _WHY_NB,
         "Kontroller måleren: følere i lommene, strømtrafoer, smuss i mengdedelen. Kalibrer eller bytt."),
        ("{name} shows {seen} of what it used to under like conditions.", _WHY_EN,
         "Check the meter: sensors in their pockets, transformers, dirt in the flow part. Calibrate or replace it.")),
    "meter_off": Text(
        "Avstand fra balansen", "Distance from the balance",
        ("{name} passer ikke med de andre målerne: {seen} fra det balansen sier, grensen er {expected}.", _WHY_NB,
         "Kontroller måleren mot en annen, og se på klasse, oppsett og enhet."),
        ("{name} does not fit the other meters: {seen} from what the balance says, the limit is {expected}.", _WHY_EN,
         "Check the meter against another, and look at class, set-up and unit.")),
}  # fmt: skip

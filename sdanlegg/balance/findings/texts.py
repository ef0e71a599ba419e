"""What operators read of a finding, bokmål first: what is wrong, why it matters, what to do."""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Text:
    """Texts of a kind: what, why and do with {name}, {seen} and {expected} filled in; name of the figure that shows
    it; roles whose points are the subjects, the likeliest first.
    """

    nb_seen: str
    en_seen: str
    nb: tuple[str, str, str]
    en: tuple[str, str, str]
    shows: tuple[str, ...] = ()


def number(value: float) -> str:
    """A figure with three digits that count, Norwegian comma."""
    if math.isnan(value):
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".replace(".", ",")


TEXTS: Final[dict[str, Text]] = {
    "floor_down": Text(
        "Dybde over bunnen", "Depth over the floor",
        ("{name} står nede etter stenging: {seen} vann over den.",
         "Vannet fordamper hele natta, og lufta må tørkes for det.",
         "Hev bunnen ved bassenget med nøkkelbryteren når ingen er i vannet. Den kan ikke heves herfra."),
        ("{name} is down after closing: {seen} of water over it.",
         "The water evaporates all night, and the air must be dried of it.",
         "Raise it at the pool with the key switch while nobody is in the water. It cannot be raised from here."),
        ("depth",)),
    "power_on": Text(
        "Effekt", "Power",
        ("{name} står på etter stenging: {seen}, ventet {expected}.",
         "Strøm går med til ingen nytte.",
         "Slå av, og se etter tidsur og overstyring som står igjen på hånd."),
        ("{name} is on after closing: {seen}, expected {expected}.",
         "Electricity is used for nothing.",
         "Switch it off, and look for a timer or an override that was left on manual."),
        ("power",)),
    "air_by_day": Text(
        "Luftmengde", "Air flow",
        ("{name} går som om dagen mens hallen er stengt: {seen}, ventet {expected}.",
         "Vifter og varme brukes på luft som ingen trenger.",
         "Se på driftsform og tidsskjema, og om noen har satt aggregatet på hånd."),
        ("{name} runs as by day while the hall is closed: {seen}, expected {expected}.",
         "Fans and heat are spent on air that nobody needs.",
         "Look at its mode and schedule, and whether somebody has set it to manual."),
        ("flow", "fan_kw")),
    "water_runs": Text(
        "Varmtvann", "Hot water",
        ("{name}: varmtvann renner mens hallen er stengt, {seen}.",
         "Varmt vann går i sluket.",
         "Gå gjennom dusjene og steng den som renner; se etter fastlåst trykknapp eller magnetventil."),
        ("{name}: hot water runs while the hall is closed, {seen}.",
         "Warm water goes down the drain.",
         "Walk through the showers and shut the one that runs; look for a stuck push button or solenoid valve."),
        ("hot_flow",)),
    "recovery_low": Text(
        "Virkningsgrad", "Efficiency",
        ("{name}: gjenvinneren tar {seen} av varmen, ventet {expected}.",
         "Varm luft blåses ut, og varmebatteriet må dekke det.",
         "Se etter is, smuss, åpent omløpsspjeld eller motor som står."),
        ("{name}: the recovery takes {seen} of the heat, expected {expected}.",
         "Warm air is blown out, and the heating coil must make up for it.",
         "Look for ice, dirt, an open bypass damper or a motor that stands."),
        ("recovery_pct", "damper_pct")),
    "drying_low": Text(
        "Effekt når den er kalt på", "Power while called",
        ("{name} er kalt på, men trekker {seen} der den før trakk {expected}.",
         "Lufta tørkes lite, varmen fra fukten går tapt, og duggpunktet kan bli for høyt.",
         "Se på alarmer i aggregatet, kuldekretsens trykk og temperaturen i gjenvinningskretsen."),
        ("{name} is called but draws {seen} where it used to draw {expected}.",
         "The air is hardly dried, the heat in the moisture is lost, and the dew point may get too high.",
         "Look at the unit's alarms, the refrigerant's pressures and the temperature of the recovery loop."),
        ("power", "state")),
    "heats_and_cools": Text(
        "Varmebatteri", "Heating coil",
        ("{name}: varmebatteriet gir {seen} mens lufta alt er varmere enn ønsket.",
         "Det varmes og kjøles samtidig.",
         "Se på ventilen til varmebatteriet: den lekker eller står på hånd."),
        ("{name}: the coil gives {seen} while the air is warmer than wanted already.",
         "It is heated and cooled at once.",
         "Look at the coil's valve: it leaks or stands on manual."),
        ("coil_kw",)),
    "boiler_uncalled": Text(
        "Elkjel til varmesentral", "Boiler to the header",
        ("{name} gir {seen} til varmesentralen uten at noen ber om det.",
         "Varmepumpa kunne gitt samme varme med en tredel av strømmen.",
         "Se på effektgrense og settpunkt for kjelen, og om et trinn er låst på hånd."),
        ("{name} gives {seen} to the header without being called.",
         "The heat pump could give the same heat with a third of the electricity.",
         "Look at the boiler's power limit and setpoint, and whether a step is locked on manual."),
        ("boiler_kw",)),
    "circulation_loss": Text(
        "Tap", "Loss",
        ("{name} taper {seen}, ventet {expected}.",
         "Varme går tapt hele døgnet, og vannet kan bli for kaldt mot legionella.",
         "Se etter våt eller manglende isolasjon, åpne omløp og kaldt vann som trenger inn."),
        ("{name} loses {seen}, expected {expected}.",
         "Heat is lost day and night, and the water may get too cold against Legionella.",
         "Look for wet or missing insulation, an open bypass and cold water that gets in."),
        ("return_t", "flow")),
    "melting_uncalled": Text(
        "Varme til snøsmelting", "Heat to snow melting",
        ("{name} tar {seen} i vær som ikke krever det.",
         "Varme går rett ut i lufta.",
         "Se på driftsform og ventil for snøsmeltingen, og på snø- og fuktføleren."),
        ("{name} takes {seen} in weather that does not ask for it.",
         "Heat goes straight into the open air.",
         "Look at the mode and the valve of the snow melting, and at its snow and moisture sensor."),
        ("power",)),
    "charging_cold": Text(
        "Temperaturløft over solfangeren", "Temperature gain over the collector",
        ("{name} lader brønnene mens solfangeren er kald: løft {seen}.",
         "Pumpa bruker strøm, og brønnene kan bli kjølt i stedet for varmet.",
         "Se på følerne i asfalten og på startgrensen for lading."),
        ("{name} charges the wells while the collector is cold: gain {seen}.",
         "The pump uses electricity, and the wells may be cooled instead of warmed.",
         "Look at the sensors in the pavement and at the start limit for charging."),
        ("out_t", "flow")),
    "short_cycling": Text(
        "Starter i timen", "Starts an hour",
        ("{name} starter for ofte: {seen}, høyst {expected}.",
         "Korte gangtider sliter på kompressoren og gir dårlig varmefaktor.",
         "Se på pressostater, minstetider og om akkumulatortanken er koblet inn."),
        ("{name} starts too often: {seen}, at most {expected}.",
         "Short runs wear the compressor and give a poor COP.",
         "Look at the pressure switches, the least times and whether the accumulator is connected."),
        ("starts",)),
    "cop_low": Text(
        "Varmefaktor", "COP",
        ("{name}: varmefaktor {seen} ved temperaturer der den før var {expected}.",
         "Strøm brukes uten at det blir varme av den; kuldemedium kan lekke.",
         "La kuldefirma måle fyllingen og lete etter lekkasje; se også på strupeventil og vekslere."),
        ("{name}: COP {seen} at temperatures where it used to be {expected}.",
         "Electricity is used without becoming heat; refrigerant may leak.",
         "Let a refrigeration firm measure the charge and look for a leak; see to valve and exchangers too."),
        ("heat_kw", "power")),
    "flow_low": Text(
        "Mengde ved samme pådrag", "Flow at the same speed",
        ("{name} gir {seen} der den før ga {expected}.",
         "Varmepumpa får for lite væske: lavere varmefaktor og fare for frost.",
         "Se på filter, lufting og ventiler i kretsen, og på pumpehjulet."),
        ("{name} gives {seen} where it used to give {expected}.",
         "The heat pump gets too little fluid: a lower COP and danger of frost.",
         "Look at the strainer, air in the circuit and valves, and at the pump's wheel."),
        ("flow",)),
    "recovery_cop_low": Text(
        "Varme for hver kWh strøm", "Heat for each kWh of electricity",
        ("{name} gir {seen} ganger strømmen, før {expected}.",
         "Veksleren slipper varmen forbi, og avløpet går for varmt ut.",
         "Kjør rensing, og åpne og rens veksleren hvis det ikke hjelper."),
        ("{name} gives {seen} times its electricity, before {expected}.",
         "The exchanger lets heat pass, and the drain leaves too warm.",
         "Run the cleaning, and open and clean the exchanger if that does not help."),
        ("heat_kw", "power")),
    "leak": Text(
        "Spedevann", "Make-up water",
        ("{name} bruker {seen} spedevann; fordamping, badende, spyling og nivå forklarer {expected}.",
         "Vannet blir borte i bygget eller grunnen, og det nye må varmes.",
         "Lukk spedevannet en natt og les av nivået; se i teknisk rom etter flenser, ventiler og pakninger."),
        ("{name} takes {seen} of make-up; evaporation, bathers, backwash and level explain {expected}.",
         "The water is lost in the building or the ground, and the new water must be heated.",
         "Shut the make-up for a night and read the level; look at flanges, valves and gaskets in the plant room."),
        ("makeup_m3",)),
    "fouling_fast": Text(
        "Groing mot før", "Fouling against before",
        ("{name} gror igjen {seen} så fort som før.",
         "Trykket stiger, pumpa bruker mer strøm, og vannet kan bli dårlig renset.",
         "Se på turbiditet og flokkulering, og kjør kjemisk rensing."),
        ("{name} fouls at {seen} of its former rate.",
         "The pressure rises, the pump uses more, and the water may be cleaned badly.",
         "Look at turbidity and flocculation, and run a chemical cleaning."),
        ("permeability", "tmp")),
    "washed_often": Text(
        "Spylinger i døgnet", "Washes a day",
        ("{name} spyles {seen}, ventet {expected}, uten at trykket krever det.",
         "Varmt vann går i avløpet, og nytt må varmes.",
         "Se på intervall, startgrense for TMP og om en forespørsel om spyling står fast."),
        ("{name} is washed {seen}, expected {expected}, although the pressure does not ask for it.",
         "Warm water goes to the drain, and new water must be heated.",
         "Look at the interval, the TMP limit and whether a request for a wash is stuck."),
        ("washes", "backwash_m3")),
    "dosing_weak": Text(
        "Pådrag klor", "Stroke of chlorine",
        ("{name} går med pådrag {seen} der {expected} før var nok.",
         "Pumpa gir for lite klor: ved mange badende kan vannet bli for svakt desinfisert.",
         "Mål fritt klor for hånd nå. Se på pumpe, slange, tank og innsprøytingspunkt."),
        ("{name} runs at a stroke of {seen} where {expected} used to do.",
         "The pump gives too little chlorine: with many bathers the water may be disinfected too weakly.",
         "Measure free chlorine by hand now. Look at pump, hose, tank and injection point."),
        ("free", "dosing_pct")),
    "modules_hidden": Text(
        "Effekt", "Power",
        ("{name} gir {seen} der sola skulle gi {expected}.",
         "Noe dekker modulene, som oftest snø, eller en streng er falt ut.",
         "Om vinteren: vent på mildvær, ikke gå på taket. Ellers se på strenger og vekselretter."),
        ("{name} gives {seen} where the sun should give {expected}.",
         "Something covers the modules, mostly snow, or a string has dropped out.",
         "In winter: wait for mild weather, do not go on the roof. Otherwise look at strings and inverter."),
        ("power",)),
    "modules_dirty": Text(
        "Effekt", "Power",
        ("{name} gir jevnt for lite for sola: {seen}, ventet {expected}.",
         "Pollen, støv eller fugleskitt ligger på modulene.",
         "Vask modulene hvis ikke regn er ventet de nærmeste dagene."),
        ("{name} give evenly too little for the sun: {seen}, expected {expected}.",
         "Pollen, dust or droppings lie on the modules.",
         "Wash the modules unless rain is expected in the next days."),
        ("power",)),
}  # fmt: skip

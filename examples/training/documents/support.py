"""Support threads: one customer, one order, one faulty product, remedies that failed and an outcome."""

from documents.phrases import Fact
from documents.writer import capitalised, pad, sentences

CATEGORIES = {
    "network": (
        ["router", "mesh node", "access point", "modem", "network switch", "range extender"],
        [
            Fact("drops Wi-Fi", "the [Wi-Fi|wireless] [keeps dropping|drops out|cuts out] [all the time|every few minutes]",
                 "we lose the [Wi-Fi|wireless] [signal|connection] [all the time|every few minutes]"),
            Fact("has slow downloads", "[downloads|large files] [crawl|take forever|are terribly slow]",
                 "the download [speed|rate] is [terrible|far too low|a bad joke]"),
            Fact("restarts by itself", "it [reboots|restarts] [on its own|by itself|without anybody touching it]",
                 "[all|the] lights go off and it [starts|boots] again by itself"),
            Fact("rejects the admin password", "the [admin page|settings page] [refuses|rejects|does not take] my password",
                 "[I cannot log in to|I am locked out of] the [admin page|settings page]"),
        ],
    ),
    "printing": (
        ["printer", "label printer", "scanner", "plotter", "receipt printer", "copier"],
        [
            Fact("jams paper", "[paper|every second sheet] [gets stuck|jams] [inside|in the feeder]",
                 "there is a paper jam [on every page|again and again|all day long]"),
            Fact("prints blank pages", "[the|all] [pages|sheets] come out [empty|blank|white]",
                 "nothing is printed on the [pages|sheets]"),
            Fact("prints streaks", "[every|each] page has [stripes|streaks|dark lines] [on it|across it]",
                 "[ugly|dark|wide] [streaks|stripes] run down the paper"),
            Fact("shows an ink error", "it [claims|says] the [cartridge|ink] is [not recognised|empty|unknown]",
                 "the ink [warning|error] [never goes away|comes back each time]"),
        ],
    ),
    "audio": (
        ["headset", "speaker", "soundbar", "microphone", "amplifier", "radio"],
        [
            Fact("loses the Bluetooth link", "the Bluetooth [connection|link|pairing] [breaks|is lost|goes away] [all the time|after minutes]",
                 "it [unpairs|disconnects] from my phone"),
            Fact("has no sound on one side", "only the [left|right] [side|channel] plays",
                 "[the left|the right|one] [side|channel] [is silent|stays quiet|gives no sound]"),
            Fact("crackles", "[there is|I hear] [a crackling|a popping|static] [noise|sound] in everything",
                 "it [crackles|pops|crackles and pops] [while playing|in every song]"),
            Fact("does not charge", "[the battery|it] [does not charge|never fills up|stays at zero percent] on the charger",
                 "charging [never starts|stops at once|does nothing]"),
        ],
    ),
    "computing": (
        ["laptop", "tablet", "docking station", "monitor", "keyboard", "projector"],
        [
            Fact("flickers", "the [picture|screen|display] [flickers|blinks|flashes on and off]",
                 "[there is|I see] a [constant|bad] flicker"),
            Fact("freezes", "[it|everything] [freezes|hangs|locks up] [and nothing responds|and I have to pull the plug]",
                 "it [gets|is] stuck and [ignores every key|must be forced off]"),
            Fact("does not wake from sleep", "it [stays black|stays dark|does not come back] after [standby|sleep]",
                 "it never [wakes up|comes back] from [standby|sleep mode]"),
            Fact("does not detect USB devices", "[USB sticks|USB drives|USB devices] are [not recognised|not seen|ignored]",
                 "the USB ports [ignore everything|see nothing that I plug in]"),
        ],
    ),
    "smart home": (
        ["thermostat", "video doorbell", "robot vacuum", "smart lock", "security camera", "coffee machine"],
        [
            Fact("goes offline in the app", "the app [says|claims] it is [offline|not reachable]",
                 "[the app cannot find it|it vanished from the app] [any more|again]"),
            Fact("ignores its schedule", "it [does not follow|ignores|forgets] [the|its] [schedule|timer]",
                 "it runs at [random|the wrong] [times|hours]"),
            Fact("sends false alerts", "[I get|my phone is full of] [alarms|alerts|notifications] for nothing",
                 "it [warns me about|reports] things that did not happen"),
            Fact("leaks water", "[there is|I find] [a puddle|water] under it",
                 "water [drips|runs|leaks] [from the bottom|out of it]"),
        ],
    ),
}
TRIGGERS = [
    Fact("after an update", "since the [last|latest] update", "[after|since] the update on {day}",
         "[ever since|after] the new [firmware|software] was installed"),
    Fact("after a power cut", "[since|after] the [power cut|blackout] on {day}", "after the [electricity|power] went out"),
    Fact("after a move", "[since|after] we moved [house|to the new flat]", "ever since [the|our] move"),
    Fact("since delivery", "right out of the box", "since the day it was [delivered|unpacked]",
         "from the [very first|first] [minute|day]"),
    Fact("in hot weather", "[whenever|when] it is [hot|very warm] outside", "[only|always] on [hot|warm] days"),
    Fact("at night", "[only|always] [at night|late in the evening|after midnight]", "[only|always] between midnight and {n}"),
    Fact("after a fall", "[since|after] it [fell off the shelf|hit the floor]", "[since|after] my son dropped it"),
    Fact("with several users", "[as soon as|when] [several|many] people use it", "[as soon as|when] the whole team is connected"),
]
REMEDIES = [
    Fact("firmware rollback", "[going back to|installing] the [previous|older] firmware", "rolling back the firmware"),
    Fact("firmware update", "[installing|flashing] the [newest|latest] firmware", "updating the firmware"),
    Fact("factory reset", "[doing|running] a [factory reset|full reset]", "[resetting|setting] everything to [factory|original] settings"),
    Fact("new cable", "[swapping|replacing] the [old cable|cable|cord]", "using [a different|another] [cable|cord]"),
    Fact("new power adapter", "[changing|replacing] the power [adapter|supply]", "using [a different|another] power [adapter|supply]"),
    Fact("driver reinstall", "[reinstalling|installing] the driver [again|once more]", "putting a fresh driver on the PC"),
    Fact("cleaned contacts", "[cleaning|wiping] the [contacts|connectors]", "[removing|blowing] dust from the connectors"),
    Fact("new location", "[moving|carrying] it to [another|a different] [place|room]", "placing it [away from|far from] the window"),
    Fact("new battery", "[putting in|fitting] a [new|fresh] battery", "replacing the [old|empty] battery"),
    Fact("new user account", "[creating|setting up] a [new|second] user account", "signing in with a [new|fresh] account"),
]
OPEN = [
    Fact("replacement sent", "[We are sending|I am sending|We will ship] you a [replacement|new] unit[| on {day}].",
         "A [replacement|new unit] is on its way to you."),
    Fact("refund issued", "[I have|We have] refunded the [full amount|money|price][| to your card].",
         "The money [goes back|returns] to your account[| within {n} days]."),
    Fact("escalated", "[I have|We have] passed this on to our [engineers|engineering team][| today].",
         "Our [engineers|engineering team] will [take over the case|analyse the logs]."),
    Fact("waiting for customer", "[Please|You must] send us the [photos|serial number] so that we can continue.",
         "[We need|I need] the [photos|serial number] from you before we can go on."),
]
FILLERS = sentences(
    "Thank you for [contacting us|your patience], we answer as [fast|soon] as we can.",
    "By the way, the delivery man was very [friendly|late].",
    "I work from [home|an office] and need this for my job.",
    "Our opening hours are from {n} to {n} on [weekdays|{day}].",
    "The weather here has been [awful|lovely] this week.",
    "I have been a customer for {n} years.",
    "Please do not reply to [this address|this message], the mailbox is not monitored.",
    "We apologise for the long waiting time[|, we have many requests since {day}].",
    "My [neighbor|cousin|colleague] {other} has a {item} and is very happy with it.",
    "I also looked at the {item} in the shop, but it was too [expensive|heavy].",
    "Is it true that the {item} will be on sale next month?",
    "The call about invoice {id} was answered by a colleague, that topic is closed.",
    "Earlier I had [purchase|invoice] {id} with you, a {item}, and everything went well.",
    "The tracking number {long} belongs to a different parcel[|, please ignore it].",
    "You can reach me under 0{nn}{n} {long} after {n} pm.",
    "I have attached {n} pictures and a short video.",
    "The survey at the end takes about {n} minutes.",
    "My colleague {other} will be back on {day}.",
    "{other} from the shop told me to write to you.",
    "The manual, page {nn}, does not say anything about it.",
    "I read in a forum that {other} had the same trouble with a {item}.",
    "[System notice|Note]: ticket viewed by {other} on {day} at {n}:{nn}.",
    "[System notice|Note]: attachment scan finished, {n} files, job {long}.",
    "Please keep the original box[| until the case is closed].",
    "The warranty covers {nn} months from the date of purchase.",
    "Sorry for the typing errors, I write this on my phone.",
    "Let me know if you need anything else from my side.",
    "I checked the status page, there is no [known|open] disruption in your area.",
    "We recommend to back up your data every {n} weeks.",
    "For invoice {id} I already received a credit note.",
    "The line was bad, so I repeat everything here in writing.",
    "All prices include tax and are valid until {date}.",
)
GREETING = ["Hello, my name is {who} and I will look into this.", "Hi, {who} here from the support team.",
            "Good day, this is {who}, thanks for writing.", "{who} speaking, thanks for your patience."]
HANDOVER = ["I took over this case, my name is {who}.", "Taking over from here: {who}.", "{who} here, I have taken over your case.",
            "My shift took over your case, I am {who}."]
ORDER = ["My order number is {order}.", "The order in question is {order}.", "It was bought with order {order}.",
         "Order no. {order}, in case you need it.", "You can find it under order {order}.", "It is about order {order}."]
ORDER_SEEN = ["I see order {order} here in our system.", "So we are talking about order {order}.", "Thanks, I have opened order {order}."]
OWN = ["I am writing about my {product}.", "I have a problem with the {product} I bought from you.", "It concerns the {product}.",
       "My {product} is not working as it should.", "This is about a {product}.", "I need help with our {product}."]
FAULT = ["The problem: {fault} {trigger}.", "{Fault} {trigger}.", "What happens is this: {fault}, {trigger}.", "Here is what I see: {fault} {trigger}."]
FAILED = ["I already tried {fix}, but it made no difference.", "{Fix} did not help at all.", "I spent an hour on {fix}, without success.",
          "Yesterday I tried {fix}, the fault is still there."]
SUGGESTED = ["Could you try {fix}?", "Please try {fix} first.", "In most cases {fix} helps, can you test that?"]
REFUSED = ["I did that, no change.", "Done, but the problem is still there.", "No, that did not help.", "Tried it twice, still the same."]
LAST_IDEA = ["Then let us try something else: {fix}.", "One more idea: {fix}.", "My next suggestion is {fix}."]
SOLVED = ["{Fix} did the trick, it works now!", "Great news, {fix} solved it.", "It works again after {fix}.", "Finally! What helped was {fix}.",
          "That was it: after {fix} everything is fine."]
CLOSED = ["Glad to hear that, I will close the case.", "Wonderful, I am closing this ticket.", "Happy to help, have a nice day."]
ACCEPTED = ["Okay, thank you.", "Fine, I understand.", "Thanks for the information."]


def product(writer, category=None):
    kinds = CATEGORIES[category or writer.choose(list(CATEGORIES))][0]
    return f"{writer.choose(kinds)} {writer.code()}"


def _fix(writer, templates, remedy):
    phrase = writer.say(remedy)
    return writer.pick(templates, fix=phrase, Fix=capitalised(phrase))


def _sample(writer, items, count):
    return writer.random.sample(items, count)


def support_thread(writer, characters):
    """A thread of about this many characters, and its facts."""
    writer.begin(item=lambda: product(writer))
    category = writer.choose(list(CATEGORIES))
    thing = product(writer, category)
    customer, agent, second = writer.names(3)
    order = writer.identifier(10_000, 99_999)
    fault, trigger = writer.choose(CATEGORIES[category][1]), writer.choose(TRIGGERS)
    remedies = _sample(writer, REMEDIES, 4)
    resolved = writer.chance(0.72)
    said, when = writer.say(fault), writer.say(trigger)
    ordering = writer.pick(ORDER, order=order)
    asked = writer.chance(0.3)
    opening = [writer.pick(OWN, product=thing), writer.pick(FAULT, fault=said, Fault=capitalised(said), trigger=when)]
    if not asked:
        opening.insert(writer.number(0, 2), ordering)
    failures = writer.choose((0, 1, 1, 2))
    if failures and writer.chance(0.6):
        opening.append(_fix(writer, FAILED, remedies[0]))
        failures -= 1
    turns = [(customer, opening)]
    reply = [writer.pick(GREETING, who=agent)]
    if asked:
        reply.append("Which order is it?")
    elif writer.chance(0.3):
        reply.append(writer.pick(ORDER_SEEN, order=order))
    turns.append((agent, reply))
    if asked:
        turns.append((customer, [ordering]))
    for remedy in remedies[1 : 1 + failures]:
        turns += [(agent, [_fix(writer, SUGGESTED, remedy)]), (customer, [writer.choose(REFUSED)])]
    last = agent
    if writer.chance(0.35):
        last = second
        turns.append((last, [writer.pick(HANDOVER, who=last)]))
    if resolved:
        outcome = "fixed by " + remedies[3].label
        if writer.chance(0.5):
            turns.append((last, [_fix(writer, LAST_IDEA, remedies[3])]))
        turns += [(customer, [_fix(writer, SOLVED, remedies[3])]), (last, [writer.choose(CLOSED)])]
    else:
        ending = writer.choose(OPEN)
        outcome = ending.label
        turns.append((last, [writer.say(ending)]))
        if writer.chance(0.5):
            turns.append((customer, [writer.choose(ACCEPTED)]))
    speakers = [customer, last] if last == agent else [customer]
    pad(writer, turns, characters, FILLERS, 28, speakers)
    channel = writer.choose(list(LAYOUTS))
    facts = {
        "channel": channel,
        "customer": customer, "order": order, "product": thing, "problem": f"{fault.label} {trigger.label}",
        "resolution": outcome, "agent": last, "status": "yes" if resolved else "no", "category": category,
    }
    return LAYOUTS[channel](writer, turns, customer), facts


def _mail_log(writer, turns, customer):
    lines = [f"Ticket #{writer.number(100_000, 999_999)} | 2025-{writer.number(1, 12):02d}-{writer.number(1, 28):02d} | channel: email"]
    day, hour = writer.number(1, 20), writer.number(6, 20)
    for speaker, said in turns:
        hour += 1
        if hour > 22:
            hour, day = 7, day + 1
        role = "customer" if speaker == customer else "support"
        lines.append(f"[{day:02d} {hour:02d}:{writer.number(0, 59):02d}] {speaker} ({role}): {' '.join(said)}")
    return "\n".join(lines)


def _chat(writer, turns, customer):
    lines = [f"Chat transcript {writer.number(100_000, 999_999)}, customer {customer}"]
    for speaker, said in turns:
        lines.append(f"{speaker if writer.chance(0.5) else speaker.split()[0]}: {' '.join(said)}")
    return "\n".join(lines)


def _mails(writer, turns, customer):
    lines = [f"Case {writer.number(100_000, 999_999)}"]
    for speaker, said in turns:
        sender = speaker if speaker == customer else speaker + " (support)"
        regards = f"\nKind regards\n{speaker}" if writer.chance(0.3) else ""
        lines.append(f"From: {sender}\n" + "\n".join(said) + regards + "\n")
    return "\n".join(lines)


def _phone_notes(writer, turns, customer):
    lines = [f"Phone notes, case {writer.number(100_000, 999_999)}, caller {customer}"]
    for speaker, said in turns:
        lines.append(f"- {'Caller' if speaker == customer else 'Agent ' + speaker}: {' '.join(said)}")
    return "\n".join(lines)


LAYOUTS = {"ticket": _mail_log, "chat": _chat, "mail": _mails, "phone": _phone_notes}

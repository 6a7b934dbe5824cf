"""Incident logs: a service, its severity, effect, cause and fix, and who led the response."""

from documents.phrases import Fact
from documents.writer import capitalised, pad, sentences

SERVICE_PARTS = ["api", "gateway", "database", "worker", "cache", "queue", "scheduler", "search"]
EFFECTS = [
    Fact("slow responses", "[responses|requests|pages] [take|need] {nn} seconds", "[latency|response time] is [far too high|through the roof]"),
    Fact("failed logins", "[nobody|no user] can [log in|sign in]", "[all|most] [logins|sign-ins] [fail|are rejected]"),
    Fact("lost messages", "[messages|events] [get lost|disappear|never arrive]", "we are losing [messages|events]"),
    Fact("failed payments", "[payments|card payments] [fail|are declined|do not go through]", "customers cannot pay"),
    Fact("stale data", "[users|customers] see [old|outdated] [data|numbers]", "the [data|numbers] [stopped updating|are hours old]"),
    Fact("complete outage", "[the whole service|everything] is [down|unreachable]", "[no|not one] request [gets through|succeeds]"),
    Fact("missing e-mails", "[no e-mails|no notifications] [go out|are sent]", "[e-mails|notifications] [stay in the outbox|are stuck]"),
    Fact("failed uploads", "[uploads|file uploads] [fail|stop half-way|time out]", "[nobody|no user] can [upload|attach] files"),
]
CAUSES = [
    Fact("expired certificate", "the [TLS|server] certificate [expired|ran out] [today|last night]", "[we forgot|nobody remembered] to renew the certificate"),
    Fact("full disk", "the disk [is full|has no space left|filled up]", "[logs|old files] [ate|used up] all disk space"),
    Fact("memory leak", "[memory|the heap] [grows|kept growing] [until it crashes|without end]", "the process leaks memory[| since days]"),
    Fact("bad configuration", "[a typo|an error] in the [config|configuration] file", "the [new config|new configuration|changed setting] is wrong"),
    Fact("failed deployment", "the [release|deployment] [from|of] {day} [broke it|went wrong]", "[a bad|the last] [release|deployment] broke it"),
    Fact("network failure", "[a switch|a network cable|a fibre] [broke|failed] in the data centre", "packets [get lost|are dropped] between the zones"),
    Fact("traffic spike", "[traffic|load] is {n} times [higher than|the] usual", "[a campaign|a flood of visitors] [overloaded|overwhelmed] it"),
    Fact("locked table", "a [migration|long query|report] [holds|keeps] a lock on the [main|orders] table", "the [main|orders] table is locked"),
    Fact("provider outage", "our [cloud|hosting] provider [has an outage|is down]", "the [provider|hoster] [reports|confirms] a failure [in|on] their side"),
    Fact("wrong clock", "the clock of [one node|a node|a server] is {nn} minutes [off|late]", "time sync [stopped|was off][| since {day}]"),
]
FIXES = [
    Fact("rolled back", "[rolled back|went back] to the [previous|last good] [version|release]", "[undid|reverted] the [change|release]"),
    Fact("restarted", "[restarted|rebooted] [all|the] [nodes|instances|servers]", "[a|one] restart of [all|the] [nodes|instances]"),
    Fact("added capacity", "[added|started] {n} [more|extra] [nodes|instances|servers]", "[doubled|raised] the number of [nodes|instances]"),
    Fact("renewed certificate", "[renewed|replaced] the certificate", "[installed|issued] a [new|fresh] certificate"),
    Fact("freed disk space", "[deleted|removed] [old logs|old files]", "[made|freed] space on the disk"),
    Fact("corrected configuration", "[corrected|fixed] the [config|configuration]", "put the [right|old] [value|setting] back"),
    Fact("failed over", "[switched|failed over] to the [standby|second zone]", "[moved|sent] all traffic to the [standby|second zone]"),
    Fact("blocked traffic", "[blocked|limited] the [traffic|clients] [at the edge|by rate]", "[put|set] a rate limit on the clients"),
]
SEVERITIES = ["SEV1", "SEV2", "SEV3", "SEV4"]
FILLERS = sentences(
    "[Dashboards|Graphs] for {part} look [normal|fine].",
    "{other} is on [holiday|leave] until {day}.",
    "[Unrelated|Other topic]: {part} was patched on {day}.",
    "The ticket INC-{id} from {day} was a different problem and is closed.",
    "Last [week|month] INC-{id} hit {part}, that was minor.",
    "{other} asks for an update every {nn} minutes.",
    "Call bridge is [open|up], dial code {long}.",
    "[Reminder|Note]: the change freeze starts on {date}.",
    "CPU is at {nn} percent, which is normal.",
    "{other} joined the call.", "{other} left the call.",
    "Support has {nn} tickets about this.",
    "Trace {long} shows nothing [new|special].",
    "Status page [updated|checked] at {n}:{nn}.",
    "Backup {long} finished on {day}.",
    "We will write the report until {date}.",
    "Checked {part}, no errors there.",
    "{other} from the [network|security|data] team is reading along.",
    "Build {long} is green.",
    "The alert for {part} is a known false alarm.",
    "Please keep this channel for the incident only.",
    "Coffee is on me when this is over.",
    "The runbook, page {nn}, has no entry for this.",
    "{other} cannot reproduce it from home.",
    "[Traffic|Load] on {part} went down by {nn} percent over night.",
    "Next update in {nn} minutes.",
)
OPENED = ["Incident {incident} opened for {service}.", "Opening {incident}, affected is {service}.", "{service} is in trouble, tracked as {incident}.",
          "New incident {incident}: {service} has a problem.", "Paging for {service}, incident number {incident}."]
RATED = ["Severity is {severity}.", "We rate this {severity}.", "Setting it to {severity}.", "This is a {severity}."]
EFFECT = ["Effect: {text}.", "What users see: {text}.", "{Text}.", "Reports say that {text}."]
LEADS = ["{who} is incident lead.", "Lead: {who}.", "{who} leads the response.", "I am {who} and I lead this incident."]
HANDOVER = ["{who} took over as lead.", "Handover done, the lead is now {who}.", "{who} takes over the incident from here."]
SUSPECTED = ["First guess was wrong, it is not that {text}.", "We thought {text}, but that is not it.", "Ruled out: {text}."]
CAUSE = ["Root cause: {text}.", "Found it: {text}.", "The reason is clear now, {text}.", "It turns out that the cause is this: {text}."]
TRIED = ["We {text}, no effect.", "Tried: {text}. Did not help.", "{Text}, still broken."]
FIXED = ["We {text}, all green again.", "{Text} and the service recovered.", "Fixed: {text}.", "What helped: {text}."]
CLOSED = ["Incident closed.", "Closing the incident.", "All clear, closing."]
OPEN = [
    Fact("still open", "[No fix yet|Nothing helped so far], the incident [stays|remains] open.", "[We go on|Work continues] tomorrow[|, still broken]."),
    Fact("handed to vendor", "[The vendor|Our vendor] [has taken over|works on it now].", "[Handed|Given] to the vendor[|, we wait for them]."),
]


def service(word, writer):
    return f"{word} {writer.choose(SERVICE_PARTS)}"


def _state(writer, templates, fact):
    text = writer.say(fact)
    return writer.pick(templates, text=text, Text=capitalised(text))


def incident_log(writer, characters):
    """A log of about this many characters, and its facts."""
    writer.begin(part=lambda: service(writer.word(), writer))
    name, incident = service(writer.subject(), writer), "INC-" + writer.identifier(10_000, 99_999)
    severity = writer.choose(SEVERITIES)
    lead, second, engineer = writer.names(3)
    effect = writer.choose(EFFECTS)
    cause, suspected = writer.random.sample(CAUSES, 2)
    fix, tried = writer.random.sample(FIXES, 2)
    resolved = writer.chance(0.75)
    opening = [writer.pick(OPENED, incident=incident, service=name), writer.pick(RATED, severity=severity)]
    if writer.chance(0.5):
        opening.append(_state(writer, EFFECT, effect))
        turns = [(engineer, opening)]
    else:
        turns = [(engineer, opening), (lead, [_state(writer, EFFECT, effect)])]
    turns[-1][1].append(writer.pick(LEADS, who=lead))
    if writer.chance(0.4):
        turns.append((engineer, [_state(writer, SUSPECTED, suspected)]))
    if writer.chance(0.4):
        turns.append((lead, [_state(writer, TRIED, tried)]))
    last = lead
    if writer.chance(0.3):
        last = second
        turns.append((writer.choose((lead, second)), [writer.pick(HANDOVER, who=second)]))
    turns.append((writer.choose((engineer, last)), [_state(writer, CAUSE, cause)]))
    if resolved:
        outcome = fix.label
        turns += [(writer.choose((engineer, last)), [_state(writer, FIXED, fix)]), (last, [writer.choose(CLOSED)])]
    else:
        ending = writer.choose(OPEN)
        outcome = ending.label
        turns.append((last, [writer.say(ending)]))
    pad(writer, turns, characters, FILLERS, 24, [engineer, lead])
    channel = writer.choose(list(LAYOUTS))
    facts = {
        "channel": channel,
        "service": name, "incident": incident, "severity": severity, "effect": effect.label, "cause": cause.label,
        "fix": outcome, "lead": last, "status": "yes" if resolved else "no",
    }
    return LAYOUTS[channel](writer, turns, name), facts


def _timeline(writer, turns, service):
    lines = [f"{service}: incident timeline, 2025-{writer.number(1, 12):02d}-{writer.number(1, 28):02d}"]
    minutes = writer.number(60, 700)
    for speaker, said in turns:
        minutes += writer.number(1, 15)
        lines.append(f"{minutes // 60:02d}:{minutes % 60:02d} {speaker}: {' '.join(said)}")
    return "\n".join(lines)


def _channel(writer, turns, service):
    lines = [f"#war-room-{writer.number(100, 999)}"]
    for speaker, said in turns:
        lines.append(f"<{speaker.split()[0].lower()}> {' '.join(said)}")
    return "\n".join(lines)


def _pager(writer, turns, service):
    lines = [f"PAGER LOG {writer.number(100_000, 999_999)}\n{service}"]
    for speaker, said in turns:
        lines.append(f"{'INFO' if writer.chance(0.5) else 'NOTE'} [{speaker}]\n" + "\n".join("  " + sentence for sentence in said))
    return "\n".join(lines)


LAYOUTS = {"timeline": _timeline, "channel": _channel, "pager": _pager}

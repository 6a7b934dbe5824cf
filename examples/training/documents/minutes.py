"""Meeting minutes: a project, who chaired, what was decided, and who does what until when."""

from documents.phrases import Fact
from documents.writer import MONTHS, pad, sentences

SUBJECTS = [
    Fact("budget increase", "[more money|a bigger budget] for [this year|the next quarter]", "[raising|an increase of] the budget[| by {nn} percent]"),
    Fact("new supplier", "[a change of|the switch to another] supplier", "[buying|ordering] from [a new|another] supplier"),
    Fact("earlier launch", "[launching|going live] [a month|{n} weeks] earlier", "[an earlier|a sooner] launch[| date]"),
    Fact("new hires", "hiring {n} [more people|engineers|new colleagues]", "[opening|adding] {n} [positions|jobs]"),
    Fact("office move", "[moving|the move] to [the new|another] [office|building]", "leaving the [old|present] [office|building]"),
    Fact("price change", "[higher|lower|new] prices for [all|our] customers", "[changing|adapting] the price list"),
    Fact("security audit", "[an audit|a check] of our security", "[having|letting] [experts|outsiders] test our security"),
    Fact("remote work", "[working|work] from home [on {day}|{n} days a week]", "[more|extra] days of home office"),
    Fact("training course", "[a course|a training|lessons] for [the|all] [staff|team]", "[teaching|training] the [staff|team]"),
    Fact("new software", "[a new|another] software for [planning|accounting]", "[replacing|retiring] the old [planning|accounting] software"),
]
OUTCOMES = [
    Fact("approved", "[We|The board|The team|All of us] [agreed on|approved|backed|said yes to] {subject}.",
         "[Everybody|The team|The board] was in favour of {subject}.", "[Approved|Agreed|Decision, yes]: {subject}.",
         "[The vote|The show of hands|The result] was clear, we go ahead with {subject}."),
    Fact("rejected", "[We|The board|The team|All of us] [rejected|refused|turned down|said no to] {subject}.",
         "[Everybody|The team|The board] was against {subject}.", "[Rejected|Refused|Turned down|Decision, no]: {subject}.",
         "[The vote|The show of hands|The result] was clear, there will be no {subject}."),
    Fact("postponed", "[We|The board|The team|All of us] [postponed|put off|delayed|deferred] {subject}.",
         "[No decision yet|Nothing decided|No vote yet] on {subject}[|, we need more facts].", "[Postponed|Deferred|Delayed|Decision, later]: {subject}.",
         "[We|The team|The board] will [come back to|talk again about] {subject} next [time|month]."),
]
ACTIONS = [
    Fact("write a proposal", "[write|draft|prepare] [a|the] proposal", "put [a|the] proposal on paper"),
    Fact("call the customer", "[call|phone|ring] the [customer|client]", "get the [customer|client] on the phone"),
    Fact("collect quotes", "[collect|get|ask for] [quotes|offers]", "ask {n} firms for [quotes|offers]"),
    Fact("update the plan", "[update|revise|correct] the [plan|schedule]", "bring the [plan|schedule] up to date"),
    Fact("book a room", "[book|reserve|find] a [room|meeting room]", "make sure that we have a room"),
    Fact("test the prototype", "[test|try out|check] the [prototype|sample]", "run [tests|trials] with the [prototype|sample]"),
    Fact("inform the staff", "[inform|tell|write to] [the staff|all employees]", "let [the staff|all employees] know"),
    Fact("check the contract", "[check|read|review] the [contract|agreement]", "go through the [contract|agreement]"),
]
FILLERS = sentences(
    "{other} [was|is] on [holiday|sick leave].",
    "{other} sends apologies.",
    "The minutes of {date} were accepted.",
    "Lunch will be served at {n}:{nn}.",
    "Project {word} is not a topic [today|of this meeting].",
    "{other} showed {nn} slides about {word}.",
    "The heating in room {nn} is still broken.",
    "There were {n} questions about travel costs.",
    "We thanked {other} for {nn} years of work.",
    "The summer party is on {date}.",
    "Sales were up by {nn} percent since {day}.",
    "{other} asked about project {word}, that comes next [time|week].",
    "The old paper INV-{id} was archived.",
    "The newsletter went out on {day}.",
    "Parking space {nn} belongs to {other}.",
    "The next meeting is on {date}.",
    "We had a short break of {nn} minutes.",
    "{other} reported on a trip to the fair.",
    "The figures of {word} look [good|fair].",
    "The projector did not work at first.",
    "There is new coffee in the kitchen.",
    "{other} will join the team in [spring|autumn].",
    "The customer survey has {nn} answers so far.",
    "A guest, {other}, introduced {word}.",
    "The topic from {day} needs no discussion.",
    "The contract with {word} ends on {date}.",
)
HEADED = ["This meeting is about project {project}.", "Topic today: project {project}.", "We met about project {project}.", "Subject of the meeting: project {project}."]
CHAIRED = ["{who} chaired the meeting.", "Chair: {who}.", "The meeting was led by {who}.", "{who} opened the meeting as chair."]
DEBATED = ["We discussed {subject} for {nn} minutes.", "{other} presented {subject}.", "There was a debate about {subject}."]
TASKED = ["{who} will {action} by {due}.", "Action for {who}: {action} until {due}.", "{who} has to {action}, due {due}.",
          "{who} promised to {action} by {due}."]


def meeting_minutes(writer, characters):
    """Minutes of about this many characters, and their facts."""
    writer.begin()
    project = writer.subject()
    chair, owner, third = writer.names(3)
    subject, outcome, action = writer.choose(SUBJECTS), writer.choose(OUTCOMES), writer.choose(ACTIONS)
    due = f"{writer.number(1, 28)} {writer.choose(MONTHS)}"
    items = [(chair, [writer.pick(HEADED, project=project), writer.pick(CHAIRED, who=chair)])]
    if writer.chance(0.5):
        items.append((third, [writer.pick(DEBATED, subject=writer.say(subject))]))
    items.append((chair, [writer.fill(writer.choose(outcome.phrases(writer.split)), subject=writer.say(subject))]))
    items.append((writer.choose((chair, owner, third)), [writer.pick(TASKED, who=owner, action=writer.say(action), due=due)]))
    pad(writer, items, characters, FILLERS, 20, [chair, owner, third])
    channel = writer.choose(list(LAYOUTS))
    facts = {
        "channel": channel,
        "project": project, "chair": chair, "decision": f"{subject.label} {outcome.label}", "owner": owner,
        "action": action.label, "due": due, "outcome": outcome.label,
    }
    return LAYOUTS[channel](writer, items, project), facts


def _bullets(writer, items, project):
    lines = [f"{project}: minutes, 2025-{writer.number(1, 12):02d}-{writer.number(1, 28):02d}, room {writer.number(11, 99)}"]
    for _, said in items:
        lines.append("- " + " ".join(said))
    return "\n".join(lines)


def _numbered(writer, items, project):
    lines = ["MINUTES OF MEETING"]
    for number, (_, said) in enumerate(items, 1):
        lines.append(f"{number}. " + "\n   ".join(said))
    return "\n".join(lines)


def _transcript(writer, items, project):
    lines = [f"{project}\nMeeting notes {writer.number(1000, 9999)}"]
    for speaker, said in items:
        lines.append(f"{speaker}: {' '.join(said)}")
    return "\n".join(lines)


LAYOUTS = {"bullets": _bullets, "agenda": _numbered, "transcript": _transcript}

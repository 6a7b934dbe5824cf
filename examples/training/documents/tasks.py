"""Instructions and answers: what is asked about a document and what the answer must be."""

import json

from documents.incidents import incident_log
from documents.minutes import meeting_minutes
from documents.support import support_thread

WRITERS = {"support": support_thread, "incident": incident_log, "minutes": meeting_minutes}

INSTRUCTIONS = {
    "support": {
        "summary": ["Summarize the ticket in one line.", "Write a one-line summary of this case.", "Summarize."],
        "json": ["Extract customer, order, product, problem and resolution as JSON.", "Return the key facts as JSON."],
        "order": ["Which order is this about?", "What is the order number?"],
        "product": ["Which product is affected?", "Name the faulty product."],
        "customer": ["Who is the customer?", "Name the customer."],
        "problem": ["What is the problem?", "Describe the problem in a few words."],
        "resolution": ["How did it end?", "What was the outcome?"],
        "agent": ["Who handled the case last?", "Which agent was last on the case?"],
        "status": ["Is the problem solved?", "Was it solved, yes or no?"],
        "category": ["Classify: network, printing, audio, computing or smart home.", "Which category fits?"],
    },
    "incident": {
        "summary": ["Summarize the incident in one line.", "Summarize."],
        "json": ["Extract service, incident, severity, cause and fix as JSON.", "Return the key facts as JSON."],
        "service": ["Which service is affected?", "Name the service."],
        "incident": ["What is the incident number?", "Which incident is this?"],
        "severity": ["Classify: SEV1, SEV2, SEV3 or SEV4.", "How severe is it?"],
        "effect": ["What did users see?", "What was the effect?"],
        "cause": ["What was the root cause?", "Why did it happen?"],
        "fix": ["How did it end?", "What was the fix?"],
        "lead": ["Who led the incident last?", "Name the last lead."],
        "status": ["Is the problem solved?", "Was it solved, yes or no?"],
    },
    "minutes": {
        "summary": ["Summarize the meeting in one line.", "Summarize."],
        "json": ["Extract project, chair, decision, owner, action and due as JSON.", "Return the key facts as JSON."],
        "project": ["Which project is this about?", "Name the project."],
        "chair": ["Who chaired the meeting?", "Name the chair."],
        "decision": ["What was decided?", "Name the decision."],
        "owner": ["Who has the action?", "Who must act?"],
        "action": ["What is the action?", "What must be done next?"],
        "due": ["When is it due?", "What is the deadline?"],
        "outcome": ["Classify: approved, rejected or postponed.", "How was it decided?"],
    },
}

JSON_FIELDS = {
    "support": ("customer", "order", "product", "problem", "resolution"),
    "incident": ("service", "incident", "severity", "cause", "fix"),
    "minutes": ("project", "chair", "decision", "owner", "action", "due"),
}

SUMMARIES = {
    "support": "{customer}: {product} {problem}; {resolution}; order {order}",
    "incident": "{incident}: {service} had {effect}; {cause}; {fix}; {severity}",
    "minutes": "{project}: {decision}; {owner} to {action} by {due}",
}


def document(kind, writer, characters):
    """The text of a document of this kind, about this many characters long, and its facts."""
    return WRITERS[kind](writer, characters)


def question(kind, task, facts, writer):
    """An instruction for the task and the answer to it."""
    return writer.choose(INSTRUCTIONS[kind][task]), answer(kind, task, facts)


def answer(kind, task, facts):
    if task == "summary":
        return SUMMARIES[kind].format_map(facts)
    if task == "json":
        return json.dumps({field: facts[field] for field in JSON_FIELDS[kind]})
    return facts[task]


def prompt(text, instruction):
    return f"{text}\n\nTask: {instruction}\nAnswer:"

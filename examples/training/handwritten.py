"""Writes the ten threads of handwritten.jsonl, which were written by hand and follow none of the templates.

Usage: handwritten.py TABLE.jsonl
"""

import json
import sys

from documents.tasks import prompt

QUESTIONS = {
    "order": "What is the order number?", "product": "Which product is affected?", "customer": "Who is the customer?",
    "status": "Is the problem solved?", "service": "Which service is affected?", "severity": "How severe is it?",
    "lead": "Name the last lead.", "owner": "Who has the action?", "due": "When is it due?", "chair": "Who chaired the meeting?",
}

THREADS = [
    ("support", "order", "48210",
     "Hi folks, Marta Ekholm here. The little printer I ordered three weeks ago (48210 on the receipt) chews up every envelope. "
     "Could someone ring me back?\n\nMarta, sorry to hear it. Open the rear flap and see whether a roller is loose. - Joel\n\n"
     "You were right Joel, a roller had slipped. Pushed it in and it prints like new."),
    ("support", "customer", "Tobias Renner",
     "Voicemail, 9:14: This is Tobias Renner. My router Falcon 3 goes dark each time the fridge starts. Case opened by Ines Prado.\n"
     "Ines called back: asked Tobias to use a socket in another room. He will report tomorrow."),
    ("support", "product", "headset QT-88",
     "From: Lena Fischbach\nOnly half of my headset QT-88 works, the music is gone on the left. My sister has a speaker M210 and loves it.\n\n"
     "From: Support\nPlease plug in the other lead from the box."),
    ("support", "status", "yes",
     "Dear support, after your colleague told me to wipe the phone from the lock's memory and add it again, the smart lock opens at once. "
     "Great work, thanks! Yours, Arne Solberg, order 77120"),
    ("incident", "service", "invoice-worker",
     "14:02 alarm: invoice-worker stopped picking up jobs\n14:10 Rosa says the mail-queue is fine, so it is not that\n"
     "14:31 someone had revoked its password, a new one is in place\n14:33 backlog is shrinking"),
    ("incident", "severity", "SEV2",
     "Post-mortem notes. We called it SEV2 because only one region was hit. Shoppers saw empty carts for half an hour. "
     "A cleanup script removed sessions that were still in use. We restored them from a copy."),
    ("incident", "lead", "Hanna Brandt",
     "Dirk Olander began as lead at noon. At three he handed the lead to Hanna Brandt and went to bed. "
     "The database had run out of connections; raising the limit cured it."),
    ("minutes", "owner", "Nils Aker",
     "Monday catch-up on the Lighthouse project. Present: Clara Voss (chair), Nils Aker, Pia Lund. We like the cheaper vendor and will sign. "
     "Nils Aker is going to talk to legal before 3 May."),
    ("minutes", "due", "12 October",
     "Short meeting about Sandpiper. Ruth Calder led it. Everyone thinks that the fair is too expensive, so we skip it this year. "
     "Omar Wirth sends a note to all staff no later than 12 October. The party stays on 4 November."),
    ("minutes", "chair", "Ewa Malik",
     "Ewa Malik in the chair. Project Tideline slips by a month since the parts are late. Jon Peel is to draw up a new schedule by 9 June. "
     "Guests: Fay Orton."),
]


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        for number, (kind, task, truth, text) in enumerate(THREADS, 1):
            row = {"id": number, "channel": "handwritten", "kind": kind, "task": task,
                   "prompt": prompt(text, QUESTIONS[task]), "truth": truth}
            file.write(json.dumps(row) + "\n")

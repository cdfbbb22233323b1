"""Files in the forms of pages."""

from collections.abc import Collection, Sequence

from bson import ObjectId
from flask import request

from gigflow.core.briefs import GivenAnswer, Question
from gigflow.core.clock import now
from gigflow.core.errors import Conflict, Invalid, TooMany
from gigflow.core.files import FILES_MAX
from gigflow.files import actions
from gigflow.files.models import Subject
from gigflow.web.answers_read import ANSWERS_MAX
from gigflow.web.brief_forms import ANSWER, BriefPageForm
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person, runtime, viewer
from gigflow.web.uploads import SHOWN_MAX, FilesPageForm

FILE_GONE_SAID = "A file is no longer there. Add it again if you need it."


def keep_sent(form: FilesPageForm) -> None:
    """Keep the files that came with a form, before anything else of it is looked at: a browser cannot send them again
    by itself if the form comes back. From then on they are among its ids. What keeps one from being taken is said at
    the field once the form is looked at.
    """
    sent = form.files.data or []
    if len(sent) + len(form.file_ids.data) > FILES_MAX:
        form.files.refusal = f"At most {FILES_MAX} files in all. Untick some of those that are there first."
        return
    for each in sent:
        file_id, refusal = _keep(each)
        if file_id is None:
            form.files.refusal = refusal
            break
        form.file_ids.data.append(file_id)
    form.files.data = []


def keep_answers(form: BriefPageForm, questions: Sequence[Question]) -> None:
    """Keep the files that came as answers to these questions, as `keep_sent` does. A new one replaces the old one. A
    file that answered something else is one of the others from now on.
    """
    asked = {question.id for question in questions if question.kind == "file"}
    for name, sent in request.files.items():
        question_id = name.removeprefix(ANSWER).removesuffix("-file")
        if not sent.filename or name != f"{ANSWER}{question_id}-file":
            continue
        if len(form.answers.data) >= ANSWERS_MAX:
            break
        file_id, refusal = _keep(sent)
        if file_id:
            form.answers.put(GivenAnswer(question_id=question_id, file_id=file_id))
        elif question_id in asked:
            form.answers.refuse(question_id, refusal)
    unasked = [each.file_id for each in form.answers.data if each.file_id and each.question_id not in asked]
    if unasked:
        form.has_moved_files = True
        form.answers.data = [each for each in form.answers.data if each.file_id not in unasked]
        form.file_ids.data = list(dict.fromkeys([*form.file_ids.data, *unasked]))


def _keep(sent: actions.Sent) -> tuple[ObjectId | None, str]:
    """Keep a file that came with a form; returns its id, or why it is not taken."""
    most = runtime().limits.most("waiting_files")
    try:
        spend_by_person("files" if actions.has_worked(db(), person()) else "first_files")
        name = sent.filename or ""
        return actions.send_file(db(), person(), sent.stream, name, now(), field="files", most=most).id, ""
    except Invalid as error:
        return None, " ".join(error.fields["files"])
    except (Conflict, TooMany) as error:
        return None, error.message


def name_files(
    form: FilesPageForm, subject: Subject | None = None, shared: Collection[ObjectId] = ()
) -> None:
    """Let a form show the files that it names, if they are its reader's: of others nobody learns the names. `subject`
    has those that are there already; `shared` ones are of what the form comes from, which its reader may see. One that
    is gone is left out, and a form that was sent says so at its place.
    """
    answers = form.answers if isinstance(form, BriefPageForm) else None
    answering = answers.file_ids if answers else {}
    shown = list(dict.fromkeys([*form.file_ids.data, *form.shown_files.data]))[:SHOWN_MAX]
    ids = [*shown, *answering.values()]
    reader = viewer()
    there = actions.files_to_keep(db(), reader, ids, subject, now(), shared) if reader and ids else {}
    gone = [each for each in form.file_ids.data if each not in there]
    form.file_ids.data = [each for each in form.file_ids.data if each in there]
    form.kept = [there[each] for each in shown if each in there]
    form.answered = {each: there[file_id] for each, file_id in answering.items() if file_id in there}
    gone_answers = [each.question_id for each in answers.forget_files(there)] if answers else []
    if answers and form.status != 200:
        answers.problems.update(dict.fromkeys(gone_answers, FILE_GONE_SAID))
    if (gone and form.status != 200) or (form.lost_a_file and not gone_answers):
        form.files.errors = [*form.files.errors, FILE_GONE_SAID]

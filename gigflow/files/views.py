"""Files in the forms of pages."""

from collections.abc import Sequence

from bson import ObjectId
from flask import request

from gigflow.core.briefs import GivenAnswer, Question
from gigflow.core.clock import now
from gigflow.core.errors import Conflict, Invalid, TooMany
from gigflow.core.files import FILES_MAX
from gigflow.files import actions
from gigflow.web.brief_forms import ANSWER, BriefPageForm
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person, runtime, viewer
from gigflow.web.uploads import FilesPageForm


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
    """Keep the files that came as answers to these questions, as `keep_sent` does. A new one replaces the old one."""
    for question in questions:
        sent = request.files.get(f"{ANSWER}{question.id}-file")
        if question.kind != "file" or not sent or not sent.filename:
            continue
        file_id, refusal = _keep(sent)
        if file_id:
            form.answers.put(GivenAnswer(question_id=question.id, file_id=file_id))
        else:
            form.answers.refuse(question.id, refusal)


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


def name_files(form: FilesPageForm) -> None:
    """Let a form show the files that it names, if they are its reader's: of others nobody learns the names."""
    reader = viewer()
    answers = form.answers.data if isinstance(form, BriefPageForm) else ()
    answering = {each.question_id: each.file_id for each in answers if each.file_id}
    named = actions.files_by_id(db(), [*form.file_ids.data, *answering.values()]) if reader else {}
    mine = {each: file for each, file in named.items() if reader and file.owner_id == reader.user_id}
    form.kept = [mine[each] for each in form.file_ids.data if each in mine]
    form.answered = {each: mine[file_id] for each, file_id in answering.items() if file_id in mine}

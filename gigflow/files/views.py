"""Files in the forms of pages."""

from gigflow.core.clock import now
from gigflow.core.errors import Conflict, Invalid, TooMany
from gigflow.core.files import FILES_MAX
from gigflow.files import actions
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
    most = runtime().limits.most("waiting_files")
    try:
        for each in sent:
            spend_by_person("files" if actions.has_worked(db(), person()) else "first_files")
            file = actions.send_file(
                db(), person(), each.stream, each.filename or "", now(), field="files", most=most
            )
            form.file_ids.data.append(file.id)
    except Invalid as error:
        form.files.refusal = " ".join(error.fields["files"])
    except (Conflict, TooMany) as error:
        form.files.refusal = error.message
    form.files.data = []


def name_files(form: FilesPageForm) -> None:
    """Let a form show the files that it names, if they are its reader's: of others nobody learns the names."""
    reader = viewer()
    known = actions.files_by_id(db(), form.file_ids.data) if reader else {}
    named = (known.get(each) for each in form.file_ids.data)
    form.kept = [file for file in named if file and reader and file.owner_id == reader.user_id]

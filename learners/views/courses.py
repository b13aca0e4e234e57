"""« Mes cours », « Mes devoirs » : the person's own, and those of the minors they follow, which they only read."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.uploads import limits_uploads, oversized_files
from learners.domain.copies import hand_in
from learners.domain.courses import finish_module, open_module
from learners.domain.followup import answer_reminder
from learners.domain.queries.courses import courses_of, homework_of, one_homework
from learners.domain.refusals import Refusal
from learners.enums import ContactKind, HomeworkStage
from learners.forms.courses import AnswerForm, FinishForm, HandInForm
from learners.models import Contact, Copy, CopyFile, CorrectionFile
from learners.stored_files import stored_file, stored_subject
from learners.views.space import space_crumb


@never_cache
@require_safe
def courses(request):
    """Trainings under way, their modules, how far one is; what one's tutor asks."""
    asked = Contact.objects.filter(enrolment__learner__user=request.user, kind=ContactKind.REMINDER, answer="")
    asked = asked.select_related("enrolment__training").order_by("-at", "-pk")[:3]
    context = {
        "title": "Mes cours",
        "crumbs": [space_crumb()],
        "courses": courses_of(request.user),
        "reminders": [(reminder, AnswerForm(prefix=f"r{reminder.pk}")) for reminder in asked],
    }
    return render(request, "learners/courses.html", context)


@never_cache
@require_POST
def answer(request, pk):
    """Answer one's tutor."""
    asked = Contact.objects.filter(enrolment__learner__user=request.user, kind=ContactKind.REMINDER)
    reminder = get_object_or_404(asked.select_related("enrolment"), pk=pk)
    form = AnswerForm(request.POST, prefix=f"r{reminder.pk}")
    if not form.is_valid():
        messages.error(request, "Écrivez votre réponse avant de l’envoyer.")
        return redirect("learners:courses")
    try:
        answer_reminder(reminder, text=form.cleaned_data["text"], acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, "Votre réponse est transmise à votre tuteur.")
    return redirect("learners:courses")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def module(request, pk, module):
    """A module: open it, say that it is done."""
    course = next(iter(courses_of(request.user, pk=pk)), None)
    found = next((row for row in course.rows if row[0].pk == module), None) if course else None
    if found is None:
        raise Http404
    shown, progress = found
    form = FinishForm(request.POST if request.POST.get("act") == "finish" else None)
    status = 200
    if request.method == "POST":
        if not course.is_own:
            raise Http404
        try:
            if request.POST.get("act") == "open":
                open_module(course.enrolment, shown, acting_user=request.user)
                return redirect(shown.link or request.path)
            if form.is_valid():
                finish_module(
                    course.enrolment,
                    shown,
                    minutes=form.cleaned_data["minutes"],
                    key=form.cleaned_data["client_key"],
                    acting_user=request.user,
                )
                messages.success(request, f"Module « {shown.title} » terminé.")
                return redirect("learners:courses")
        except Refusal as refusal:
            messages.error(request, str(refusal))
            status = 409
    homework = [one for one in homework_of(request.user, pk=pk) if one.devoir.module_id == shown.pk]
    context = {
        "title": shown.title,
        "crumbs": [space_crumb(), ("Mes cours", reverse("learners:courses"))],
        "course": course,
        "module": shown,
        "progress": progress,
        "homework": homework,
        "form": form,
    }
    return render(request, "learners/module.html", context, status=status)


@never_cache
@require_safe
def homework(request):
    """To hand in, handed in, marked."""
    rows = homework_of(request.user)
    groups = [
        (stage.value, stage.label, [one for one in rows if one.stage == stage])
        for stage in (HomeworkStage.TO_HAND_IN, HomeworkStage.HANDED_IN, HomeworkStage.MARKED)
    ]
    context = {"title": "Mes devoirs", "crumbs": [space_crumb()], "groups": groups, "is_empty": not rows}
    return render(request, "learners/homework.html", context)


@limits_uploads(lambda: settings.HOMEWORK_MAX_BYTES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def devoir(request, pk, devoir):
    """One devoir: its subject, the copy handed in or the form to hand it in, the marking."""
    found = _homework(request.user, pk, devoir)
    copy = found.copy
    may_send = found.may_hand_in
    version = copy.version + 1 if copy else 1
    form, status = HandInForm(initial={"version": version}), 200
    if request.method == "POST":
        if not found.is_own:
            raise Http404
        oversized = oversized_files(request, "files")
        form = HandInForm(request.POST, request.FILES, oversized=oversized)
        status = 413 if oversized else 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                hand_in(
                    found.enrolment,
                    found.devoir.pk,
                    files=data["files"],
                    version=data["version"],
                    client_key=data["client_key"],
                    comment=data["comment"],
                    acting_user=request.user,
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, "Votre copie est rendue.")
                return redirect(found.url)
    context = {
        "title": found.devoir.title,
        "crumbs": [space_crumb(), ("Mes devoirs", reverse("learners:homework"))],
        "homework": found,
        "versions": Copy.objects.filter(enrolment=found.enrolment, devoir=found.devoir)
        .order_by("-version")
        .prefetch_related("files"),
        "marked": list(found.correction.files.all()) if found.correction else [],
        "may_send": may_send,
        "form": form if may_send or form.is_bound else None,
    }
    return render(request, "learners/devoir.html", context, status=status)


@never_cache
@require_safe
def subject_file(request, pk, devoir):
    """The file of the subject."""
    return stored_subject(_homework(request.user, pk, devoir).devoir)


@never_cache
@require_safe
def copy_file(request, pk):
    """A file handed in."""
    return stored_file(CopyFile.objects.followed_by(request.user), pk)


@never_cache
@require_safe
def correction_file(request, pk):
    """A marked copy, once it is given back."""
    return stored_file(CorrectionFile.objects.followed_by(request.user), pk)


def _homework(user, pk, devoir):
    found = one_homework(user, pk, devoir)
    if found is None:
        raise Http404
    return found

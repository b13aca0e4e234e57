"""Stock pages that edit a draft once the page is public: the rows they wrote are taken back, what they said is kept."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from catalogue.domain import drafts


class DraftedAdmin:
    """Mixin of a `ModelAdmin` whose object is a public page, or hangs under one.

    While the page is not public its rows are edited as they are. Afterwards the form shows the draft, saves the draft,
    and only « Publier » changes what the public sees.
    """

    page_kind = ""  # in the address of the publication pages

    def page_of(self, object_id):
        """The page to which the object belongs, or None."""
        raise NotImplementedError

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        page = self.page_of(object_id) if object_id is not None else None
        if page is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        publication_url = reverse("admin:catalogue_publication", args=[self.page_kind, page.pk])
        context = {
            "publication_url": publication_url,
            "preview_url": reverse("admin:catalogue_preview", args=[self.page_kind, page.pk]),
            "edits_draft": drafts.is_public(page),
            **(extra_context or {}),
        }
        if not drafts.is_public(page):
            return super().changeform_view(request, object_id, form_url, context)
        request.draft_content = None
        with drafts.applied(page):
            response = super().changeform_view(request, object_id, form_url, context)
            if hasattr(response, "render"):
                response.render()
        if request.draft_content is not None:
            draft = drafts.save_draft(page, content=request.draft_content, acting_user=request.user)
            if draft is None:
                messages.info(request, "Cette page ne diffère pas de la page publique : il n’y a pas de brouillon.")
            else:
                messages.success(request, "Le brouillon est enregistré. La page publique n’a pas changé.")
            if "_continue" not in request.POST:
                return HttpResponseRedirect(publication_url)
        return response

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if hasattr(request, "draft_content"):
            request.draft_content = drafts.content_of(self.page_of(form.instance.pk))

    def message_user(self, request, *args, **kwargs):
        """The draft has its own sentence: Django would say that the page was changed."""
        if not hasattr(request, "draft_content"):
            super().message_user(request, *args, **kwargs)

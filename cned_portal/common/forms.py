from django.template import loader
from dsfr.forms import DsfrDjangoTemplates


class SharedDsfrRenderer(DsfrDjangoTemplates):
    """One renderer for every form: by default django-dsfr builds a template engine for each form instance.

    Widgets of the portal have their templates among its components.
    """

    def get_template(self, template_name):
        if template_name.startswith("components/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)

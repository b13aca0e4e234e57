from dsfr.forms import DsfrDjangoTemplates


class SharedDsfrRenderer(DsfrDjangoTemplates):
    """One renderer for every form: by default django-dsfr builds a template engine for each form instance."""

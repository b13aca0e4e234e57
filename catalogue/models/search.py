from django.contrib.postgres.fields import ArrayField
from django.db import models

from cned_portal.common.history import tracked


@tracked()
class Synonym(models.Model):
    """What people type, and the words of the catalogue it stands for. Kept by catalogue managers."""

    phrase = models.CharField(
        "expression tapée", max_length=100, unique=True, help_text="En minuscules et sans accent : « aide a domicile »."
    )
    expansions = ArrayField(
        models.CharField(max_length=150),
        verbose_name="mots du catalogue",
        help_text="Une ou plusieurs expressions, séparées par des virgules.",
    )

    class Meta:
        verbose_name = "synonyme de recherche"
        verbose_name_plural = "synonymes de recherche"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phrase__regex=r"^[a-z0-9+#]+( [a-z0-9+#]+)*$"),
                name="synonym_phrase_folded",
                violation_error_message="L’expression s’écrit en minuscules, sans accent ni ponctuation.",
            ),
        ]

    def __str__(self):
        return self.phrase


class VocabularyWord(models.Model):
    """A word of the search index, with the form to show. Rebuilt from the index: no history."""

    word = models.CharField("mot", max_length=60, primary_key=True)
    stem = models.CharField("forme commune", max_length=60, db_index=True)
    display = models.CharField("forme affichée", max_length=60)
    length = models.PositiveSmallIntegerField("longueur")
    frequency = models.PositiveIntegerField("fréquence")

    class Meta:
        verbose_name = "mot du vocabulaire"
        verbose_name_plural = "mots du vocabulaire"
        indexes = [
            models.Index(fields=["word"], name="vocabulary_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["length"], name="vocabulary_length"),
        ]

    def __str__(self):
        return self.display


class SearchMiss(models.Model):
    """A search that found nothing, without who made it: catalogue managers answer with synonyms."""

    query = models.CharField("recherche", max_length=100, unique=True)
    count = models.PositiveIntegerField("nombre de fois", default=1)
    first_seen_on = models.DateField("vue la première fois le")
    last_seen_on = models.DateField("vue la dernière fois le")
    is_handled = models.BooleanField("traitée", default=False)

    class Meta:
        verbose_name = "recherche sans résultat"
        verbose_name_plural = "recherches sans résultat"
        indexes = [models.Index(fields=["is_handled", "-count"], name="search_miss_to_handle")]

    def __str__(self):
        return self.query

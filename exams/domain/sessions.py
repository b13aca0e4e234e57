"""The sessions of the baccalauréat whose figures do not compare with those before, and why."""

from dataclasses import dataclass

from cned_portal.common.verbs import verb
from exams.enums import Pathway
from exams.models import ExamSession, SeriesBreak

GENERAL, TECHNOLOGICAL, VOCATIONAL = Pathway.GENERAL, Pathway.TECHNOLOGICAL, Pathway.VOCATIONAL


@dataclass(frozen=True)
class KnownBreak:
    year: int
    pathways: tuple[str, ...]
    label: str
    reason: str
    source: str


BREAKS = (
    KnownBreak(
        2020,
        ("",),
        "toutes les notes sont des notes annuelles (crise sanitaire)",
        "Aucune épreuve n’a eu lieu : les diplômes ont été délivrés sur les notes de l’année.",
        "Presse nationale, 2021, rappel des règles de la session 2020",
    ),
    KnownBreak(
        2021,
        (GENERAL,),
        "premier bac réformé, notes annuelles à la place des épreuves de spécialité",
        "Première session de la voie générale sans séries L, ES et S. La crise sanitaire a fait remplacer les épreuves "
        "de spécialité par les notes de l’année. Cette session ne sert jamais de base de comparaison.",
        "Presse nationale, 2021, règles de la session ; décision du 12 avril 2021 pour le Cned réglementé",
    ),
    KnownBreak(
        2021,
        (TECHNOLOGICAL,),
        "bac réformé, notes annuelles à la place des épreuves de spécialité",
        "La crise sanitaire a fait remplacer les épreuves de spécialité par les notes de l’année. Cette session ne "
        "sert jamais de base de comparaison.",
        "Presse nationale, 2021, règles de la session ; décision du 12 avril 2021 pour le Cned réglementé",
    ),
    KnownBreak(
        2022,
        (GENERAL, TECHNOLOGICAL),
        "contrôle continu sur les moyennes annuelles, épreuves de spécialité en mai",
        "Les épreuves communes disparaissent : le contrôle continu tient aux seules moyennes annuelles. Les épreuves "
        "de spécialité, prévues en mars, ont lieu du 11 au 13 mai sur des sujets adaptés.",
        "Décret n° 2021-983 et arrêté du 27 juillet 2021 ; note de service du 28 juillet 2021",
    ),
    KnownBreak(
        2022,
        (VOCATIONAL,),
        "première session après celles de la crise sanitaire",
        "Les sessions 2020 et 2021 ont été aménagées pendant la crise sanitaire ; leurs taux ne servent pas de base.",
        "À confirmer sur les textes de la session 2021",
    ),
    KnownBreak(
        2023,
        (GENERAL, TECHNOLOGICAL),
        "épreuves de spécialité en mars ; présents individuels et à distance comptés presque comme les inscrits",
        "Première session complète, avec les épreuves de spécialité en mars. Les présents des candidats individuels et "
        "de l’enseignement à distance y égalent presque les inscrits (98 à 100 %, contre 65 à 75 % et 96 % les autres "
        "années) : leur taux de réussite de 2023 ne se compare pas. Regarder les admis sur les inscrits.",
        "Constat fait sur les fichiers de la DEPP ; cause non documentée",
    ),
    KnownBreak(
        2024,
        (GENERAL, TECHNOLOGICAL),
        "épreuves de spécialité de nouveau en juin, présents comptés comme avant 2023",
        "Les épreuves de spécialité reviennent en juin (19 au 21 juin 2024). Les présents des candidats individuels et "
        "de l’enseignement à distance retrouvent leur compte habituel.",
        "Calendrier de la session 2024 ; constat fait sur les fichiers de la DEPP",
    ),
    KnownBreak(
        2027,
        (GENERAL, TECHNOLOGICAL),
        "épreuve anticipée de mathématiques, coefficient du Grand oral abaissé",
        "L’épreuve anticipée de mathématiques (coefficient 2), passée en juin 2026 en première, compte pour la session "
        "2027 ; le coefficient du Grand oral baisse de 2.",
        "Textes du 10 juin 2025 sur l’épreuve anticipée de mathématiques",
    ),
)


@verb
def describe_sessions(*, acting_user):
    """Write the known sessions and breaks of series; what people added or corrected stays. Number of breaks added."""
    added = 0
    for known in BREAKS:
        session, _ = ExamSession.objects.get_or_create(year=known.year)
        for pathway in known.pathways:
            _, is_new = SeriesBreak.objects.get_or_create(
                session=session,
                pathway=pathway,
                status="",
                defaults={"label": known.label, "reason": known.reason, "source": known.source},
            )
            added += is_new
    return added

"""In which language people write to us; French is never taken for another."""

import tomllib
import unicodedata
from time import perf_counter

import pytest

from cned_portal.demo.crc import DATA
from crc.domain.languages import language_of
from crc.domain.routing import choose_route
from crc.enums import FOREIGN, Language, Public
from tests.crc.factories import RoutingRuleFactory, TopicFactory, fallback_service, make_ticket

TEXTS = [
    ("fr", "Bonjour, je n'ai pas reçu mes cours, pouvez-vous me dire quand ils arrivent ? Merci."),
    ("fr", "Où est mon colis ?"),
    ("fr", "J ai perdu mon mot de passe comment faire"),
    ("fr", "Ma fille est en seconde, elle suit le cours d’espagnol et d’allemand avec vous."),
    ("fr", "Facture non reçue. Merci de nous l’envoyer."),
    ("fr", "je voudrais savoir comment m’inscrire au CAP Accompagnant éducatif petite enfance"),
    ("en", "Hello, I have not received my books. Could you please tell me when they will arrive?"),
    ("en", "Where is my parcel?"),
    ("en", "Login problem: I can't access my account"),
    ("en", "Dear Sir or Madam, we are a school in Kenya and would like a partnership."),
    ("es", "Hola, quisiera saber cómo inscribir a mi hijo en el curso de francés. Gracias."),
    ("es", "¿Dónde está mi paquete?"),
    ("es", "Somos un colegio en Chile y queremos un convenio con ustedes"),
    ("es", "Buenos dias, no puedo entrar en mi cuenta"),
    ("pt", "Olá, gostaria de saber como inscrever o meu filho. Obrigado."),
    ("pt", "Onde está a minha encomenda?"),
    ("pt", "Somos uma escola no Brasil e queremos uma parceria com voces"),
    ("de", "Guten Tag, ich habe meine Bücher nicht erhalten. Wann kommen sie?"),
    ("de", "Wo ist mein Paket?"),
    ("de", "Wir sind eine deutsche Schule und möchten mit Ihnen zusammenarbeiten"),
    ("it", "Buongiorno, vorrei sapere come iscrivere mio figlio al corso. Grazie."),
    ("ar", "مرحبا، أود أن أعرف كيف أسجل ابني في الدروس"),
    ("ar", "السلام عليكم Cned أين الطرد"),
    ("autre", "Здравствуйте, как записать ребёнка на курсы?"),
    ("autre", "Καλημέρα, πώς μπορώ να εγγραφώ"),
    (
        "autre",
        "Dzień dobry, chciałbym zapisać córkę na kurs języka francuskiego, proszę o informację jak mogę przesłać "
        "dokumenty oraz ile kosztuje cały rok nauki dla jednego ucznia",
    ),
    ("", ""),
    ("", "Devoir 3"),
    ("", "12345 !!"),
    ("", "CAP AEPE"),
    ("", "hello@exemple.example https://exemple.example/where/is/my"),
]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_language_is_read(language, text):
    assert language_of(text) == language
    assert language_of(unicodedata.normalize("NFD", text.upper())) == language, "capitals and other forms of accents"


def test_french_of_the_demonstration_is_never_taken_for_another():
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    texts = [f"{one['subject']}\n{one['body']}" for one in data["request"]] + [one["body"] for one in data["reply"]]
    assert {language_of(text) for text in texts} == {Language.FRENCH}


@pytest.mark.parametrize("char", ["a", "\u0300", "é", "ا", "@", "/", "ﷺ", "\0", "😀", "l'"])
def test_hostile_text_costs_little(char):
    started = perf_counter()
    language_of(char * 200_000)
    assert perf_counter() - started < 0.2


@pytest.mark.django_db
class TestRouting:
    @pytest.fixture
    def rule(self):
        fallback_service()
        return RoutingRuleFactory(language=Language.SPANISH)

    def test_rule_on_a_language_takes_that_language_only(self, rule):
        found = {
            language: choose_route(public=Public.ADULT, topic=TopicFactory(), language=language).rule
            for language in ["", *Language]
        }
        assert [language for language, taken in found.items() if taken] == [Language.SPANISH]

    def test_rule_on_foreign_languages_takes_all_but_french_and_the_unknown(self, rule):
        rule.language = FOREIGN
        rule.save()
        taken = [
            language
            for language in ["", *Language]
            if choose_route(public=Public.ADULT, topic=TopicFactory(), language=language).rule
        ]
        assert taken == [language for language in Language if language != Language.FRENCH]

    def test_language_is_kept_and_routes_at_creation(self, rule):
        ticket = make_ticket(subject="Una pregunta", body="Hola, ¿dónde está mi paquete? Gracias.")
        assert (ticket.language, ticket.service) == (Language.SPANISH, rule.service)
        assert ticket.routing_decisions.get().rule == rule
        assert make_ticket(body="Bonjour, où est mon colis ?").language == Language.FRENCH

    def test_what_is_quoted_does_not_count(self, rule):
        said = "Thanks, but I do not understand."
        quoted = "\n\nBonjour, nous vous répondrons dans la semaine, merci de votre message. " * 3
        ticket = make_ticket(subject="Re: Cned", body=said + quoted, quote_at=len(said))
        assert ticket.language == Language.ENGLISH

"""Who one is, for programs."""

from rest_framework import serializers

from cned_portal.users.api.fields import TrueOrFalse, choice, line
from learners.enums import AccommodationKind, ConsentPurpose, LearnerPublic, Situation


class AddressSerializer(serializers.Serializer):
    rue = line(min_length=1, source="street", max_length=200)
    complement = line(source="street_extra", max_length=200, required=False, allow_blank=True)
    code_postal = line(source="postal_code", max_length=12, required=False, allow_blank=True)
    ville = line(min_length=1, source="city", max_length=100)
    pays = line(min_length=1, source="country", max_length=80)


class AddressesSerializer(serializers.Serializer):
    postale = AddressSerializer(allow_null=True)
    livraison = AddressSerializer(allow_null=True)


class ConsentSerializer(serializers.Serializer):
    finalite = serializers.ChoiceField(ConsentPurpose.choices, source="purpose")
    libelle = serializers.CharField(source="label")
    texte = serializers.CharField(source="text")
    accord = serializers.BooleanField(source="holds", help_text="Vrai : il vaut.")
    donne = serializers.BooleanField(source="said", help_text="Vrai : vous l’avez dit ; avant 15 ans, il en faut deux.")


class ProfileSerializer(serializers.Serializer):
    """The account, then the learner's file; nulls and empty values where there is no file yet."""

    prenom = serializers.CharField(source="user.first_name")
    nom = serializers.CharField(source="user.last_name")
    courriel = serializers.CharField(source="user.email")
    numero = serializers.CharField(source="learner.number", allow_null=True, help_text="Numéro d’apprenant.")
    public = serializers.ChoiceField(LearnerPublic.choices, source="learner.public", allow_null=True)
    date_naissance = serializers.DateField(source="learner.date_of_birth", allow_null=True)
    mineur = serializers.BooleanField(source="learner.is_minor", allow_null=True)
    situation = serializers.ChoiceField(
        Situation.choices, source="learner.situation", allow_null=True, allow_blank=True
    )
    telephone = serializers.CharField(source="learner.phone", allow_null=True)
    amenagements = serializers.ListField(
        source="accommodations", child=serializers.ChoiceField(AccommodationKind.choices)
    )
    adresses = AddressesSerializer(source="addresses")
    consentements = ConsentSerializer(source="consents", many=True)


class CorrectSerializer(serializers.Serializer):
    """What a learner says of themselves; only what is sent changes."""

    public = choice(LearnerPublic, required=False)
    situation = choice(Situation, required=False, allow_blank=True)
    telephone = serializers.CharField(source="phone", max_length=30, required=False, allow_blank=True)
    amenagements = serializers.ListField(
        source="accommodations", child=choice(AccommodationKind), required=False, max_length=len(AccommodationKind)
    )


class SayConsentSerializer(serializers.Serializer):
    accord = TrueOrFalse()

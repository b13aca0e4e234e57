"""The file of an enrolment and what is to pay: of one's own enrolments, and of the minors for whom one signs."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from cned_portal.common.files import download
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    GivesFile,
    problems,
)
from learners.api.acts import FILE, ActView, UploadView, judged
from learners.api.files_serializers import (
    AcceptQuoteSerializer,
    AnswerQuestionnaireSerializer,
    DeclareSerializer,
    EnrolmentFilePageSerializer,
    EnrolmentFileSerializer,
    FullEnrolmentFileSerializer,
    InviteSignatorySerializer,
    PayBySerializer,
    PaymentPageSerializer,
    PaymentSerializer,
    PieceSerializer,
    PieceUploadSerializer,
    QuestionnaireSerializer,
    StartedPaymentSerializer,
    WithdrawSerializer,
)
from learners.domain import enrolments, files, payments
from learners.domain.admission import admission_of
from learners.domain.guardians import invite_guardian
from learners.enums import SelfRating, WaitingOn
from learners.forms.enrolment import FundingForm, GuardianForm, PieceForm, PositioningForm, PriorLearningForm
from learners.models import EnrolmentFile, Payment, Piece

_WRITTEN = {201: FullEnrolmentFileSerializer, **problems(404, 409, 413, 415, 422)}
_NAMES = {
    **{"declared": "acquis", "has_read": "prerequis_lus", "guardian_email": "courriel", "relationship": "lien"},
    **{"fundings": "financements", "content": "fichier", "__all__": "corps"},
}


class FileView(ActView):
    def file(self, request, pk, **filters):
        return get_object_or_404(EnrolmentFile.objects.of_user(request.user).filter(**filters).with_parts(), pk=pk)

    def told(self, request, pk):
        return FullEnrolmentFileSerializer(self.file(request, pk), context={"user": request.user}).data

    def written(self, request, pk, verb, *args, **said):
        return self.done(request, verb, *args, told=lambda made: self.told(request, pk), **said)


class FileList(FileView):
    @extend_schema(
        operation_id="dossiers",
        summary="Dossiers d’inscription, les vôtres et ceux des mineurs pour qui vous signez, le dernier d’abord",
        parameters=[OpenApiParameter("attend", OpenApiTypes.STR, enum=WaitingOn.values), *PAGING, IF_NONE_MATCH],
        responses={200: EnrolmentFilePageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = EnrolmentFile.objects.of_user(request.user).with_parts()
        if waiting := self.chosen(request, "attend", WaitingOn.values):
            rows = rows.filter(waiting_on=waiting)
        return self.page(
            request, rows, ["-id"], name="dossiers", serializer=EnrolmentFileSerializer, context={"user": request.user}
        )


class FileDetail(FileView):
    @extend_schema(
        operation_id="dossier",
        summary="Un dossier : où il en est, ce qu’il attend, pièces, prix et paiements",
        parameters=[IF_NONE_MATCH],
        responses={200: FullEnrolmentFileSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, self.told(request, pk))


class FilePositioning(FileView):
    def questions(self, request, pk):
        file = self.file(request, pk, needs_positioning=True)
        admission = admission_of(file.enrolment.training)
        return file, admission, admission.questions.all() if admission else []

    @extend_schema(
        operation_id="dossier_questionnaire",
        summary="Le questionnaire de positionnement",
        parameters=[IF_NONE_MATCH],
        responses={200: QuestionnaireSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        _, admission, questions = self.questions(request, pk)
        scale = [{"valeur": value, "libelle": label} for value, label in SelfRating.choices]
        told = {
            "introduction": admission.positioning_intro if admission else "",
            "questions": questions,
            "echelle": scale,
        }
        return self.conditional(request, QuestionnaireSerializer(told).data)

    @extend_schema(
        operation_id="dossier_positionnement",
        summary="Répondre au questionnaire de positionnement, une fois",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerQuestionnaireSerializer,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        file, _, questions = self.questions(request, pk)
        said = self.said(request, AnswerQuestionnaireSerializer)["reponses"]
        form = PositioningForm({f"q{row['question']}": row["valeur"] for row in said}, questions=questions)
        judged(form, _NAMES)
        return self.written(request, pk, files.answer_positioning, file, ratings=form.ratings)


class FilePriorLearning(FileView):
    @extend_schema(
        operation_id="dossier_acquis",
        summary="Décrire vos acquis, une fois",
        parameters=[IDEMPOTENCY_KEY],
        request=DeclareSerializer,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        file = self.file(request, pk, needs_prior_learning=True)
        cleaned = judged(PriorLearningForm(self.said(request, DeclareSerializer)), _NAMES)
        return self.written(request, pk, files.declare_prior_learning, file, declared=cleaned["declared"])


class FileSignatory(FileView):
    @extend_schema(
        operation_id="dossier_inviter_responsable",
        summary="Inviter un responsable légal à donner son accord",
        parameters=[IDEMPOTENCY_KEY],
        request=InviteSignatorySerializer,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        file = self.file(request, pk, needs_agreement=True)
        cleaned = judged(GuardianForm(self.said(request, InviteSignatorySerializer), user=request.user), _NAMES)
        return self.written(
            request,
            pk,
            invite_guardian,
            file.enrolment.learner,
            email=cleaned["guardian_email"],
            relationship=cleaned["relationship"],
        )


class FileQuote(FileView):
    @extend_schema(
        operation_id="dossier_devis",
        summary="Accepter le devis, avec obligation de paiement, et dire qui paie",
        parameters=[IDEMPOTENCY_KEY],
        request=AcceptQuoteSerializer,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        file = self.file(request, pk, price__isnull=False, enrolment__session__isnull=False)
        said = self.said(request, AcceptQuoteSerializer)
        form = FundingForm(said, offered=payments.fundings_offered(file.enrolment.session.action))
        fundings = judged(form, _NAMES)["fundings"]
        return self.written(request, pk, payments.accept_price, file, amount=said["montant"], fundings=fundings)


class FileWithdraw(FileView):
    @extend_schema(
        operation_id="dossier_retractation",
        summary="Vous rétracter dans le délai légal, sans donner de motif",
        parameters=[IDEMPOTENCY_KEY],
        request=WithdrawSerializer,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        file = self.file(request, pk, withdrawal_until__isnull=False)
        self.said(request, WithdrawSerializer)
        return self.written(request, pk, enrolments.withdraw_enrolment, file.enrolment)


def own_pieces(user):
    rows = Piece.objects.filter(file__in=EnrolmentFile.objects.of_user(user))
    return rows.select_related("file__enrolment__learner", "file__enrolment__training")


class PieceDetail(ActView):
    @extend_schema(
        operation_id="piece",
        summary="Une pièce d’un dossier : à fournir, à vérifier, acceptée, ou à fournir de nouveau",
        parameters=[IF_NONE_MATCH],
        responses={200: PieceSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, PieceSerializer(get_object_or_404(own_pieces(request.user), pk=pk)).data)


class PieceFile(GivesFile, UploadView):
    most_bytes = files.MAX_BYTES

    @extend_schema(operation_id="piece_fichier", summary="Le fichier d’une pièce, tel qu’envoyé", responses=FILE)
    def get(self, request, pk):
        opened = files.open_piece(own_pieces(request.user), pk)
        if opened is None:
            raise Http404
        row, content = opened
        return download(content, name=row.name, content_type=row.content_type)

    @extend_schema(
        operation_id="piece_envoyer",
        summary="Envoyer une pièce, ou la remplacer tant qu’elle n’est pas acceptée",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": PieceUploadSerializer},
        responses={201: PieceSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        found = get_object_or_404(own_pieces(request.user), pk=pk)
        name, content = judged(PieceForm({}, MultiValueDict({"content": [self.file(request)]})), _NAMES)["content"]
        return self.done(
            request,
            files.provide_piece,
            found,
            name=name,
            content=content,
            files=[("fichier", content)],
            told=lambda piece: PieceSerializer(get_object_or_404(own_pieces(request.user), pk=pk)).data,
        )


def own_payments(user):
    return Payment.objects.of_user(user).select_related(
        "funding__file__enrolment__learner", "funding__file__enrolment__training"
    )


class PaymentList(ActView):
    @extend_schema(
        operation_id="paiements",
        summary="Ce que vous avez à payer, ou avez payé, le dernier d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: PaymentPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = own_payments(request.user)
        return self.page(request, rows, ["-id"], name="paiements", serializer=PaymentSerializer)


class PaymentDetail(ActView):
    @extend_schema(
        operation_id="paiement",
        summary="Un paiement : combien, à partir de quand, par quels moyens",
        parameters=[IF_NONE_MATCH],
        responses={200: PaymentSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, PaymentSerializer(get_object_or_404(own_payments(request.user), pk=pk)).data)


class PaymentMeans(ActView):
    @extend_schema(
        operation_id="paiement_moyen",
        summary="Choisir comment payer ce qui est exigible",
        description="`suite` s’ouvre dans le navigateur. Aucun numéro de carte ne passe par l’API.",
        parameters=[IDEMPOTENCY_KEY],
        request=PayBySerializer,
        responses={201: StartedPaymentSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        found = get_object_or_404(own_payments(request.user), pk=pk)
        means = self.said(request, PayBySerializer)["moyen"]

        def told(address):
            payment = own_payments(request.user).get(pk=pk)
            payment.suite = address if address.startswith("https://") else settings.SITE_URL + address
            return StartedPaymentSerializer(payment).data

        return self.done(request, payments.start_payment, found, means=means, told=told)

"""What people write about cells."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Scope, User
from apps.accounts.permissions import person
from apps.cells import services
from apps.cells.models import Comment
from apps.cells.selectors import is_withheld
from apps.core.api.requests import plain
from apps.review.api import act_examples as examples
from apps.review.api import act_serializers
from apps.review.lookup import get_cell, record_look


class CommentsView(APIView):
    """The comments about a cell."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(responses=act_serializers.CommentsOutput, examples=[examples.COMMENTS])
    def get(self, request: Request, cell_id: UUID) -> Response:
        """Return the comments about a cell, oldest first; before one's own label in a blind reading, only one's own."""
        user = person(request)
        cell = get_cell(user=user, public_id=cell_id)
        record_look(plain(request), cell.field.slide if cell.field else None)
        comments = cell.comments.select_related("author")
        if is_withheld(cell, user):
            comments = comments.filter(author=user)
        return Response({"comments": [comment_json(comment, user) for comment in comments]})

    @extend_schema(
        request=act_serializers.CommentInput,
        responses={201: act_serializers.CommentOutput},
        examples=[examples.COMMENT, examples.COMMENTED],
    )
    def post(self, request: Request, cell_id: UUID) -> Response:
        """Write a comment about a cell; it stays as it is."""
        user = person(request)
        get_cell(user=user, public_id=cell_id)
        given = act_serializers.CommentInput(data=request.data).checked()
        written = services.comment(
            actor=user,
            cell=cell_id,
            text=given["text"],
            idempotency_key=given.get("idempotency_key"),
            request=plain(request),
        )
        return Response(comment_json(written, user), status=status.HTTP_201_CREATED)


def comment_json(comment: Comment, user: User) -> dict[str, Any]:
    """Return a comment as its pages know it."""
    return {
        "id": str(comment.public_id),
        "author": comment.author.display_name,
        "mine": comment.author_id == user.pk,
        "text": comment.text,
        "at": comment.created_at.isoformat(),
    }

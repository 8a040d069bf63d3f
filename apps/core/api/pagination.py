from rest_framework.pagination import LimitOffsetPagination


class Pages(LimitOffsetPagination):
    """Parts of a list, by ``limit`` and ``offset``: no request may ask for a whole table at once."""

    default_limit = 100
    max_limit = 500

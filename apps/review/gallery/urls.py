from django.urls import URLPattern, URLResolver, path

from apps.review.gallery import api, views

# Part of the room's own lists of addresses: the names are "review:gallery" and "review-api:gallery".
pages: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/gallery/", views.slide_gallery, name="gallery"),
    path("projects/<uuid:project_id>/gallery/", views.project_gallery, name="project-gallery"),
    path("projects/<uuid:project_id>/gallery/features/", views.store_features, name="store-features"),
    path("fields/<uuid:field_id>/window/<int:x>/<int:y>/<int:side>/<int:size>/", views.window, name="window"),
]
data: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/gallery/", api.SlideGalleryView.as_view(), name="gallery"),
    path("projects/<uuid:project_id>/gallery/", api.ProjectGalleryView.as_view(), name="project-gallery"),
    path("slides/<uuid:slide_id>/gallery/order/", api.SlideOrderView.as_view(), name="gallery-order"),
    path(
        "projects/<uuid:project_id>/gallery/order/",
        api.ProjectOrderView.as_view(),
        name="project-gallery-order",
    ),
]

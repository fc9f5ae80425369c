"""Related news picked by hand."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .article import Article
from .edition import PublicModel


class RelatedPick(PublicModel):
    """A related article picked by hand."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="related_picks")
    related = models.ForeignKey(
        Article, models.CASCADE, related_name="picked_in", verbose_name=_("article")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("related article")
        verbose_name_plural = _("related news, picked by hand")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("article", "related", name="related_pick_once"),
            models.CheckConstraint(
                condition=~Q(article=F("related")),
                name="related_pick_is_another_article",
                violation_error_message=_("An article is not related to itself."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.related)

    def concerns_public(self) -> bool:
        return self.article.concerns_public()

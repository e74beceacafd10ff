"""Form parts of the house: option hints, a date as three boxes, the code from an e-mail.

A ground package: any room may use it. How they look is in `templates/components/_field.html`.
"""

from __future__ import annotations

from portal.forms.fields import CodeField, DayField, LongText, Option, Question

__all__ = ["CodeField", "DayField", "LongText", "Option", "Question"]

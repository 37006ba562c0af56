"""Who has green within reach, by a rule set, and how far the figure depends on its definition.

coverage        figures, units, and every place with its reason
share           which share of an area is within a radius, between proven bounds
gaps            uncovered places that lie together
sensitivity     the same figure, one choice made otherwise
claims          was the sentence true?
indicators      rates per unit beside what is required
"""

"""Workbooks that come back: one sheet a layer, with what each column means.

words    the words of sheets, in either language
cells    what stands in a cell for a value
columns  the columns of a kind, and what is said of each
lists    what may be chosen from
sheet    one sheet, with its rules
notes    the sheet 说明
book     the whole workbook, empty or filled
"""

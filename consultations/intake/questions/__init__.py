"""Every question and page of the intake, declared once.

`kinds` holds the kinds of questions, `about_person` and `about_scar` the questions,
`health` the pages whose questions are rows, `pages` every page in its order.
"""

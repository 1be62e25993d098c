"""The pages of the intake as forms, made from the declared questions."""

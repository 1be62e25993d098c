"""The pages of the intake: one small form each, with all the words that patients read.

A page's `facts` tells what its answers mean to the rules; `applies`, whether it is asked.
"""

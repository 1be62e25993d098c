"""An uploaded photo: bytes in, a clean JPEG out, or a refusal that says what to do.

cleaning   what a form calls: checks, waits its turn, starts the decoder, tells
decoder    the process that decodes; knows no Django and no secret
pixels     how it reads the pixels
jpeg       proves that what is kept holds a picture and nothing else
limits     what these agree on
"""

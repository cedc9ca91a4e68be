"""Gates on the estimates: is each score a probability, with its version, or an absence with its reason?"""

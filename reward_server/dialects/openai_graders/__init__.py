"""OpenAI's graders (`/fine_tuning/alpha/graders/{run,validate}`), computed here: one file for each kind.

    graders -> binding -> string_check, text_similarity, score_model, label_model, multi -> response

A grader is bound first, which finds every mistake in it, then run on one sample. docs/openai-graders.md
"""

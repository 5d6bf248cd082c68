"""What the model card says that no script measures."""

from __future__ import annotations

from typing import Final

__all__ = ["DATA", "HOW_CHOSEN", "LONGER_SONGS", "NOT_FOR", "UNSEEN", "USE"]

USE: Final = """## What it is for

To sort, to search and to teach: a first genre for untagged recordings with a probability that can be acted upon, a
shortlist for a person to decide from, an honest "not sure", and something to look at when a class asks why. The answer
describes how a recording sounds; genre is a habit of people and markets, and people agree with each other on broad
genres in about seven to eight cases of ten."""

NOT_FOR: Final = """## What it must not be used for

- To decide about money, rights or people without a person looking: royalties, takedowns, grades, quotas, visas.
- To say where a musician is from, which language is sung, or whether a piece was made by a machine.
- To label a catalogue whose music it hardly knows - most of the world's music is here one label, *World*, and Blues,
  Disco, Folk and Reggae were learnt from a few dozen clips each - without first measuring it on songs of that catalogue
  (`genrelens teach` fits it to them).
- As a measure of quality."""

DATA: Final = """## Data

{clips} training clips and their validation and test clips are excerpts of at most 20 s, mono, Opus at 24 kbit/s: of
research data sets, of Creative Commons music and, mostly, of commercial recordings whose rights are all reserved.
They were kept for research on this model alone, without a licence from the owners, and are not redistributed; not a
second of them is in this repository, and none can be had back from the weights. Much of it had been 128 kbit/s mp3
before. Labels are those of the data sets or of common knowledge; nobody listened to every clip, and a few per cent
are expected to be wrong. The balance is that of what could be gathered: Pop and Rock many, Blues, Disco, Folk and
Reggae few, Western popular music most of it.

Splits are by artist (by album or source where the artist is unknown): no one is in two of them. `validation`, by
artist again, is cut in two: one part chose (early stopping, recipe), the other calibrated. `test`, {songs} songs, one
clip each, decided nothing."""

HOW_CHOSEN: Final = """Every idea, with what it was expected to give and what it gave, is a line of
[experiments.md](experiments.md). Labels are softened where a second one is fair; three tenths of the loss is about
the probabilities of a probe that never heard the clip's source. Rare genres get their due by logit adjustment; a clip
counts less where its source or its artist has many. Two songs are mixed in every step. Training hears each clip also
as three augmented crops: other speed, colour, bandwidth, mp3, noise, and a phone across a room."""

LONGER_SONGS: Final = """These clips last 20 s: one or two windows. A user's song lasts minutes and is heard in six
windows spread over it, at the temperature that was fitted for two. No labelled whole songs were there to measure what
that changes: take these figures as those of excerpts."""

UNSEEN: Final = """The corpus comes from some 280 collections, and `test` shares most of its collections with `train`: a
model can know how a collection sounds, and what it likes. Your files are of none of them. So the recipe was trained
again without a quarter of the collections (and without their artists elsewhere), four times, and asked about the songs
of these, each genre weighing as in validation (`python -m training.unseen`)"""

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Texture synthesis · Synthèse de textures
#
# This notebook goes through the lab from top to bottom. You write functions in the files of `textures/`, at
# the places marked `# TODO`. Cells that say `check("1.1")` test them: save the file first, then run the cell.
# The hints are those of `pytest`. The formulas are in the handout (`handout.md`).
#
# Cells marked `# TODO R1` are for your experiments. Every question has a place for its answer: double-click
# it and write, in English or in French. Hints and figures are in the language of the course; `%env LAB_LANG=en`
# in a cell of its own at the top makes them English.
#
# > Ce notebook parcourt le TP du début à la fin. Vous écrivez des fonctions dans les fichiers de `textures/`,
# > aux endroits marqués `# TODO`. Les cellules qui disent `check("1.1")` les vérifient : enregistrez d'abord
# > le fichier, puis exécutez la cellule. Les indices sont ceux de `pytest`. Les formules sont dans le sujet
# > (`sujet.md`).
# >
# > Les cellules marquées `# TODO R1` attendent vos expériences. Chaque question a une place pour sa réponse :
# > double-cliquez dessus et écrivez, en français ou en anglais. Indices et figures sont dans la langue du cours ;
# > `%env LAB_LANG=fr`, seul dans une cellule en tête, les met en français.

# %%
# On a host, upload tp3.zip beside this notebook: this cell unpacks it.
# In the lab's own folder it does nothing.
# Chez un hébergeur, déposez tp3.zip à côté de ce notebook : cette cellule l'ouvre.
# Dans le dossier du TP, elle ne fait rien.
import os
import shutil
import sys

if not os.path.isdir("checks"):
    if not os.path.isdir("tp3"):
        shutil.unpack_archive("tp3.zip")
    os.chdir("tp3")
    sys.path.insert(0, os.getcwd())

# %%
# %load_ext autoreload
# %autoreload 2
from itertools import zip_longest

import torch
from IPython.display import Video
from matplotlib import pyplot as plt
from textures.adam import synthesize_adam
from textures.features import load_extractor
from textures.gatys import synthesize
from textures.gram import gram_matrix
from textures.images import load_image, to_pixels
from textures.movies import displacement_frames, interpolation_frames, save_movie
from textures.multiscale import synthesize_multiscale
from textures.noise import interpolate_noise, redresse, sample_noise
from textures.texturenet import count_parameters, load_texturenet
from textures.training import train_texturenet
from textures.weights.model_files import model_names

from judging.notebook import check
from workbench.languages import said


def show(*images, titles=()):
    """Draw images (1, 3, H, W) side by side."""
    _, places = plt.subplots(1, len(images), figsize=(3.4 * len(images), 3.7), squeeze=False, layout="constrained")
    for image, place, title in zip_longest(images, places[0], titles, fillvalue=""):
        place.imshow(to_pixels(image)[0])
        place.set_title(said(title))
        place.set_axis_off()
    plt.show()


def show_losses(**curves):
    """Draw loss curves, on a log scale: show_losses(here=losses, there=others)."""
    _, place = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for name, losses in curves.items():
        place.semilogy(range(1, len(losses) + 1), losses, label=name)
    place.set(xlabel=said("evaluations of the loss"), ylabel=said("loss, log scale"))
    place.locator_params(axis="x", integer=True)
    place.grid(alpha=0.3)
    place.legend()
    plt.show()


extractor = load_extractor()
device = next(extractor.buffers()).device
exemplar = load_image("pebbles", 128).to(device)
print(said("layers"), *extractor.layer_names, sep=" · ")
print(said("default"), *extractor.default_layers, sep=" · ")
show(exemplar, titles=("exemplar",))

# %% [markdown]
# ## Part 1 · Partie 1: Gatys et al.
#
# ### 1.1 `gram_matrix`
#
# Open `textures/gram.py` and fill in `TODO 1.1`: products of channels, averaged over the positions.
#
# > Ouvrez `textures/gram.py` et complétez `TODO 1.1` : des produits de canaux, en moyenne sur les positions.

# %% check="1.1"
check("1.1")

# %% [markdown]
# Here are the Gram matrices of two textures, for one layer. Channels 10 and 20 meet in row 10, column 20.
#
# > Voici les matrices de Gram de deux textures, pour une couche. Les canaux 10 et 20 se croisent ligne 10,
# > colonne 20.

# %%
names = ("pebbles", "cloth")
pictures = (load_image(name, 128).to(device) for name in names)
grams = [gram_matrix(extractor(picture, ["relu2_1"])["relu2_1"])[0].cpu() for picture in pictures]
_, places = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for name, gram, place in zip(names, grams, places, strict=True):
    drawn = place.imshow(gram, vmin=0, vmax=max(gram.max() for gram in grams))  # one scale, to be compared
    place.set_title(name)
plt.colorbar(drawn, ax=places)
plt.show()

# %% [markdown]
# ### 1.2 `gram_loss`
#
# In the same file, fill in `TODO 1.2`: the weighted sum of squared distances between two sets of Gram
# matrices.
#
# > Dans le même fichier, complétez `TODO 1.2` : la somme pondérée des carrés des distances entre deux jeux de
# > matrices de Gram.

# %% check="1.2"
check("1.2")

# %% [markdown]
# ### 1.3 `synthesize`
#
# Open `textures/gatys.py` and fill in `TODO 1.3`: noise whose pixels L-BFGS changes until it is texture.
#
# > Ouvrez `textures/gatys.py` et complétez `TODO 1.3` : un bruit dont L-BFGS modifie les pixels jusqu'à en
# > faire une texture.

# %% check="1.3"
check("1.3")

# %% [markdown]
# Your first texture, with its loss. Beside it that of Adam, with the same start and as many evaluations.
#
# > Votre première texture, avec sa perte. À côté, celle d'Adam, avec le même départ et autant d'évaluations.

# %%
texture = synthesize(exemplar, extractor, iterations=60)
by_adam = synthesize_adam(exemplar, extractor, iterations=60)
show(exemplar, texture.image, by_adam.image, titles=("exemplar", "L-BFGS", "Adam"))
show_losses(lbfgs=texture.losses, adam=by_adam.losses)

# %% [markdown]
# After 60 evaluations from white noise, colours and edges are right, and sizes begin to be. `expected/results.jpg`
# shows what to expect, good and poor. Now another texture. `synthesize_multiscale` takes the arguments of `synthesize`
# and works from coarse to fine.
#
# > Après 60 évaluations à partir d'un bruit blanc, les couleurs et les contours sont bons, les tailles commencent à
# > l'être. `expected/results.jpg` montre à quoi s'attendre, en bien et en moins bien. Passons à une autre texture.
# > `synthesize_multiscale` prend les arguments de `synthesize` et va du plus grossier au
# > plus fin.

# %% [markdown] question="R1"
# **R1.** Which layers characterise the texture in your syntheses, and what does each kind of layer see? Show
# one synthesis of your choice: exemplar, result, layers and loss curve.
#
# > **R1.** Quelles couches caractérisent la texture dans vos synthèses, et que voit chaque sorte de couche ?
# > Montrez une synthèse de votre choix : exemplaire, résultat, couches et courbe de perte.

# %% solution="one-texture"
# TODO R1: choose an exemplar of images/, make its texture at size 128, show both and the loss.
# TODO R1 : choisissez un exemplaire d'images/, synthétisez sa texture en 128×128, montrez les deux et la perte.
### BEGIN SOLUTION
bubbles = load_image("bubbles", 128).to(device)
made = synthesize_multiscale(bubbles, extractor, extractor.default_layers, iterations=80)
show(bubbles, made.image, titles=("bubbles", "synthesis"))
show_losses(bubbles=made.losses)
### END SOLUTION

# %% [markdown] answer="R1"
# (answers.md, R1)

# %% [markdown] question="R2"
# **R2.** Change the set of layers, and nothing else. Show at least two sets side by side. What changes in the
# result, and why?
#
# > **R2.** Changez le jeu de couches, et rien d'autre. Montrez au moins deux jeux côte à côte. Qu'est-ce qui
# > change dans le résultat, et pourquoi ?

# %% solution="layers"
# TODO R2: synthesise `exemplar` with two other sets of extractor.layer_names, and show both results.
# TODO R2 : synthétisez `exemplar` avec deux autres jeux d'extractor.layer_names, et montrez les résultats.
### BEGIN SOLUTION
fine, coarse = ("relu1_1", "relu2_1"), ("relu3_1", "relu4_1")
by_fine, by_coarse = (synthesize(exemplar, extractor, layers, iterations=60).image for layers in (fine, coarse))
show(exemplar, by_fine, by_coarse, titles=("exemplar", "relu1_1 and relu2_1 only", "relu3_1 and relu4_1 only"))
### END SOLUTION

# %% [markdown] answer="R2"
# (answers.md, R2)

# %% [markdown] question="R3"
# **R3.** Which optimiser changes the pixels, and why that one? How does it differ from gradient descent and
# from Adam?
#
# > **R3.** Quel optimiseur modifie les pixels, et pourquoi celui-là ? En quoi diffère-t-il de la descente de
# > gradient et d'Adam ?

# %% [markdown] answer="R3"
# (answers.md, R3)

# %% [markdown]
# ## Part 2 · Partie 2: Texture Networks
#
# ### 2.1 `ConvBlock`, `UpBlock`, `TextureNet`
#
# Open `textures/texturenet.py` and fill in the places `TODO 2.1`, from the smallest block to the whole
# network.
#
# > Ouvrez `textures/texturenet.py` et complétez les endroits `TODO 2.1`, du plus petit bloc au réseau entier.

# %% check="2.1"
check("2.1")

# %% [markdown]
# ### 2.2 `count_parameters`
#
# In the same file, fill in `TODO 2.2`.
#
# > Dans le même fichier, complétez `TODO 2.2`.

# %% check="2.2"
check("2.2")

# %% [markdown]
# This generator has been trained on the pebbles. Three noises go in, three textures come out.
#
# > Ce générateur a appris les galets. Trois bruits entrent, trois textures sortent.

# %%
net = load_texturenet("pebbles")
print(said(f"{count_parameters(net)} parameters"))
with torch.no_grad():
    show(*net(sample_noise(3, 256, generator=torch.Generator().manual_seed(0))).split(1))

# %% [markdown] question="R5"
# **R5.** Describe the generator, in a drawing or in words: what comes in at each scale, what goes up, what comes
# out, with how many channels? Roughly how many parameters has it, and where are most of them? Count by hand.
#
# > **R5.** Décrivez le générateur, par un dessin ou par des mots : qu'est-ce qui entre à chaque échelle, qu'est-ce
# > qui monte, qu'est-ce qui sort, avec combien de canaux ? Combien a-t-il de paramètres, à peu près, et où sont la
# > plupart d'entre eux ? Comptez à la main.

# %% [markdown] answer="R5"
# (answers.md, R5)

# %% [markdown]
# ### 2.3 `training_step`
#
# Open `textures/training.py` and fill in `TODO 2.3`: one step of the optimiser, for the parameters of the
# generator.
#
# > Ouvrez `textures/training.py` et complétez `TODO 2.3` : un pas de l'optimiseur, sur les paramètres du
# > générateur.

# %% check="2.3"
check("2.3")

# %% [markdown]
# `train_texturenet(exemplar, extractor, steps=…, size=…)` repeats your step. It returns a network and its
# losses. Twenty steps are far too few for a texture: they only show how it goes. The models in `models/` took
# many more.
#
# > `train_texturenet(exemplar, extractor, steps=…, size=…)` répète votre pas. La fonction renvoie un réseau
# > et ses pertes. Vingt pas sont bien trop peu pour une texture : ils montrent seulement comment on s'y
# > prend. Les modèles de `models/` en ont demandé bien davantage.

# %% [markdown] question="R4"
# **R4.** Give an example of how a Texture Network could overfit: a small loss, and yet a bad generator of
# textures. How would you notice it?
#
# > **R4.** Donnez un exemple de surapprentissage d'un Texture Network : une perte faible, et pourtant un
# > mauvais générateur de textures. Comment s'en apercevoir ?

# %% solution="training"
# TODO R4: train a generator for 20 steps at size 64, and show what it makes of two noises.
# TODO R4 : entraînez un générateur pendant 20 pas en 64×64, et montrez ce qu'il fait de deux bruits.
### BEGIN SOLUTION
young, losses = train_texturenet(exemplar, load_extractor(), steps=20, size=64)
first, second = young.cpu()(sample_noise(2, 128)).split(1)
show(exemplar, first, second, titles=("exemplar", "after 20 steps", "with another noise"))
show_losses(training=losses)
### END SOLUTION

# %% [markdown] answer="R4"
# (answers.md, R4)

# %% [markdown] question="R6"
# **R6.** Try the generators of several textures, and show a sample of each beside its exemplar. What comes
# out well, what does not, and why? Compare with part 1; there not only the method is another, but the metric too.
#
# > **R6.** Essayez les générateurs de plusieurs textures, et montrez pour chacun un échantillon à côté de
# > l'exemplaire. Qu'est-ce qui est réussi, qu'est-ce qui ne l'est pas, et pourquoi ? Comparez avec la
# > partie 1 ; ce n'est pas seulement la méthode qui y diffère, c'est aussi la métrique.

# %% solution="several-textures"
# TODO R6: load some of model_names() with load_texturenet, and show a sample of each beside its exemplar.
# TODO R6 : chargez quelques modèles de model_names() avec load_texturenet, montrez échantillons et exemplaires.
### BEGIN SOLUTION
for name in model_names()[:6]:
    with torch.no_grad():
        sample = load_texturenet(name)(sample_noise(1, 256))
    show(load_image(name, 256), sample, titles=(name, "its generator"))
### END SOLUTION

# %% [markdown] answer="R6"
# (answers.md, R6)

# %% [markdown]
# ### 2.4 `interpolate_noise`, `redresse`
#
# Open `textures/noise.py` and fill in the two places `TODO 2.4`: mix two noises, then pass the mixture
# through the function F of the handout.
#
# > Ouvrez `textures/noise.py` et complétez les deux endroits `TODO 2.4` : mélanger deux bruits, puis faire
# > passer le mélange par la fonction F du sujet.

# %% check="2.4"
check("2.4")

# %% [markdown]
# ### 2.5 `interpolation_frames`
#
# Open `textures/movies.py` and fill in `TODO 2.5`: one texture for each step on the way between two noises.
#
# > Ouvrez `textures/movies.py` et complétez `TODO 2.5` : une texture pour chaque pas du chemin entre deux
# > bruits.

# %% check="2.5"
check("2.5")

# %% [markdown]
# `save_movie(frames, "films/name.mp4")` writes a film; `.gif` and `.webm` work too. Eleven frames of 256×256
# are enough here. Take the studs first (`studs`): other textures show less.
#
# > `save_movie(frames, "films/nom.mp4")` écrit un film ; `.gif` et `.webm` conviennent aussi. Onze images de
# > 256×256 suffisent ici. Prenez d'abord les briques à plots (`studs`) : d'autres textures en montrent moins.

# %% [markdown] question="R7"
# **R7.** Make the film between two noises, without `redresse`. Show its first, its middle and its last frame.
#
# > **R7.** Faites le film entre deux bruits, sans `redresse`. Montrez-en la première image, celle du milieu
# > et la dernière.

# %% solution="film"
# TODO R7: make a film of a net without redresse (straighten=False), show three frames, and save it.
# TODO R7 : faites un film d'un réseau sans redresse (straighten=False), montrez trois images, et enregistrez-le.
### BEGIN SOLUTION
net = load_texturenet("studs")
frames = interpolation_frames(net, 11, straighten=False)
show(*frames[[0, 5, 10]].split(1), titles=("λ = 0", "λ = 1/2", "λ = 1"))
save_movie(frames, "films/without_redresse.mp4")
### END SOLUTION

# %% [markdown] answer="R7"
# (answers.md, R7)

# %% [markdown] question="R8"
# **R8.** What do you see in the middle frames, and why? Say what law the noise has there, and what this does
# to the generator.
#
# > **R8.** Que voyez-vous dans les images du milieu, et pourquoi ? Dites quelle loi le bruit y suit, et ce
# > que cela fait au générateur.

# %% solution="law"
# TODO R8: draw histograms of the finest scale of an interpolated noise, for λ = 0, 1/4 and 1/2.
# TODO R8 : tracez des histogrammes de l'échelle la plus fine d'un bruit interpolé, pour λ = 0, 1/4 et 1/2.
### BEGIN SOLUTION
z0, z1 = sample_noise(1, 256), sample_noise(1, 256)
for lam in (0, 0.25, 0.5):
    values = interpolate_noise(z0, z1, lam)[0].flatten()
    plt.hist(values.numpy(), bins=50, density=True, histtype="step", label=f"λ = {lam}")
plt.legend()
plt.show()
### END SOLUTION

# %% [markdown] answer="R8"
# (answers.md, R8)

# %% [markdown] question="R9"
# **R9.** What does `redresse` do to the noise, and why does the generator need just that? Make the better
# film, and show the same three frames.
#
# > **R9.** Que fait `redresse` au bruit, et pourquoi est-ce justement ce qu'il faut au générateur ? Refaites
# > le film avec lui, et montrez les trois mêmes images.

# %% solution="better-film"
# TODO R9: make the film again with redresse, show the three frames, save it; draw the histogram again.
# TODO R9 : refaites le film avec redresse, montrez les trois images, enregistrez ; retracez l'histogramme.
### BEGIN SOLUTION
better = interpolation_frames(net, 11)
show(*better[[0, 5, 10]].split(1), titles=("λ = 0", "λ = 1/2, straightened", "λ = 1"))
save_movie(better, "films/with_redresse.mp4")
straight = redresse(interpolate_noise(z0, z1, 0.5)[0], 0.5)
plt.hist(straight.flatten().numpy(), bins=50, density=True, histtype="step", label="λ = 1/2, straightened")
plt.legend()
plt.show()
### END SOLUTION

# %% [markdown] answer="R9"
# (answers.md, R9)

# %% [markdown]
# ### Bonus: `displacement_frames`
#
# In `textures/movies.py`, `TODO bonus`: the film of a square of noise that moves, in three modes.
#
# > Dans `textures/movies.py`, `TODO bonus` : le film d'un carré de bruit qui se déplace, selon trois modes.

# %% check="bonus"
check("bonus")

# %% [markdown]
# Here is the naive film of the studs, ready-made: R10 does not need the bonus. If no film shows below, open
# `expected/naive_film.mp4` yourself.
#
# > Voici le film naïf des briques à plots, tout fait : R10 se passe du bonus. Si le film ne s'affiche pas
# > ci-dessous, ouvrez `expected/naive_film.mp4` vous-même.

# %%
Video("expected/naive_film.mp4", embed=True, html_attributes="controls loop")

# %% [markdown] question="R10"
# **R10.** What does the displacement film show in the naive mode? What are its defects, where do they come
# from, and how would you mend them?
#
# > **R10.** Que montre le film de déplacement en mode naïf ? Quels sont ses défauts, d'où viennent-ils, et
# > comment les corriger ?

# %% solution="displacement"
# TODO R10: if you did the bonus, make a naive film of 8 frames at size 256, show four in a row, and save it.
# TODO R10 : si vous avez fait le bonus, faites un film naïf de 8 images en 256×256, montrez-en quatre, enregistrez.
### BEGIN SOLUTION
for mode in ("naive", "subpixel"):
    moving = displacement_frames(net, 8, size=256, mode=mode)
    show(*moving[:4].split(1), titles=[f"{mode}, frame {i}" for i in range(4)])
    save_movie(moving, f"films/displacement_{mode}.mp4")
### END SOLUTION

# %% [markdown] answer="R10"
# (answers.md, R10)

# %% [markdown]
# ## Hand in · Rendre
#
# Save this notebook. Put `report.pdf` beside `handin.py`, and run `python handin.py LASTNAME Firstname` in a
# terminal. The handout tells where to send the archive.
#
# > Enregistrez ce notebook. Placez `report.pdf` à côté de `handin.py`, et lancez
# > `python handin.py NOM Prénom` dans un terminal. Le sujet dit où envoyer l'archive.

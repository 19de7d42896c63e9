# %% [markdown]
# # Textures by sliced optimal transport · Textures par transport optimal tranché
#
# You write functions in the files of `transport/`, at the places marked `# TODO`.
#
# > Vous écrivez des fonctions dans les fichiers de `transport/`, aux endroits marqués `# TODO`.

# %%
from judging.notebook import check

# %% check="1.1"
check("1.1")

# %% check="1.2"
check("1.2")

# %% check="2.1"
check("2.1")

# %% [markdown] question="R1"
# **R1.** Why does sorting projections give an optimal transport, and what does it cost?
#
# > **R1.** Pourquoi trier des projections donne-t-il un transport optimal, et que coûte-t-il ?

# %% [markdown] answer="R1"

# %% [markdown] question="R2"
# **R2.** What does the sliced distance see of a distribution that a Gram matrix does not?
#
# > **R2.** Que voit la distance tranchée d'une distribution qu'une matrice de Gram ne voit pas ?

# %% [markdown] answer="R2"

# Makes survey.csv from frame.csv: Rscript survey.R, in this folder. R 4.2.2, survey 4.1-1, sampling 2.9.
suppressMessages({library(survey); library(sampling)})
options(digits = 15)
frame <- read.csv("frame.csv")
rows <- list()
add <- function(design, what, estimate) {
  rows[[length(rows) + 1]] <<- data.frame(
    design = design, what = what, value = as.numeric(coef(estimate)), standard_error = as.numeric(SE(estimate))
  )
}
four <- function(name, design) {
  add(name, "total", svytotal(~y, design))
  add(name, "mean", svymean(~y, design))
  add(name, "ratio", svyratio(~y, ~x, design))
  add(name, "mean in the east", svymean(~y, subset(design, town == "east")))
  add(name, "total in the east", svytotal(~y, subset(design, town == "east")))
}

# Stratified random.
sizes <- table(frame$stratum)
drawn <- frame[frame$stratified == 1, ]
drawn$size_of_stratum <- as.numeric(sizes[drawn$stratum])
stratified <- svydesign(id = ~1, strata = ~stratum, fpc = ~size_of_stratum, data = drawn)
four("stratified", stratified)

# Conditional Poisson: joint probabilities from the package sampling.
pi <- inclusionprobabilities(frame$size, 20)
joint <- UPmaxentropypi2(pi)
inside <- which(frame$conditional == 1)
drawn <- frame[inside, ]
drawn$pi <- pi[inside]
exact <- ppsmat(joint[inside, inside])
four("conditional", svydesign(id = ~1, fpc = ~pi, pps = exact, variance = "YG", data = drawn))

# Poisson: joint probabilities of independent units, Horvitz and Thompson.
drawn <- frame[frame$poisson == 1, ]
together <- outer(drawn$poisson_pi, drawn$poisson_pi)
diag(together) <- drawn$poisson_pi
four("poisson", svydesign(id = ~1, fpc = ~poisson_pi, pps = ppsmat(together), variance = "HT", data = drawn))

# Calibrated to the number of units and the total of x; raked to the towns.
known <- c(`(Intercept)` = nrow(frame), x = sum(frame$x))
four("calibrated", calibrate(stratified, ~x, known))
towns <- c(`(Intercept)` = nrow(frame), townwest = sum(frame$town == "west"), x = sum(frame$x))
four("raked", calibrate(stratified, ~town + x, towns, calfun = "raking", epsilon = 1e-13, maxit = 200))

write.csv(do.call(rbind, rows), "survey.csv", row.names = FALSE)

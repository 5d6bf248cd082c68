"""Labels of several sources settled: what is it, how sure is that, who should look?"""

"""What a store is asked: counts, carriers, burden, matrices, relatedness of any cohort."""

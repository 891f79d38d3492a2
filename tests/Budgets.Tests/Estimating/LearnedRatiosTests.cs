namespace LlmTelemetry.Budgets.Tests;

public sealed class LearnedRatiosTests
{
    private readonly LearnedRatios _ratios = new();

    [Fact]
    public void Model_that_nothing_was_learned_of_is_taken_as_estimated() => Assert.Equal((1, 100), (_ratios.Of("m"), _ratios.Apply("m", 100)));

    [Fact]
    public void First_call_says_all_and_later_ones_are_averaged()
    {
        _ratios.Learn("m", 100, 150);
        Assert.Equal(1.5, _ratios.Of("m"), 6);
        _ratios.Learn("M", 100, 100);
        Assert.Equal(1.25, _ratios.Of("m"), 6);
        Assert.Equal(125, _ratios.Apply("m", 100));
    }

    [Fact]
    public void Ratio_follows_a_model_that_changes()
    {
        for (var i = 0; i < 50; i++)
        {
            _ratios.Learn("m", 1_000, 1_000);
        }

        for (var i = 0; i < 100; i++)
        {
            _ratios.Learn("m", 1_000, 1_400);
        }

        Assert.InRange(_ratios.Of("m"), 1.38, 1.4);
    }

    [Theory]
    [InlineData(1_000, 100_000, 4)]
    [InlineData(100_000, 1, 0.25)]
    public void Ratio_is_bounded(long estimated, long actual, double ratio)
    {
        for (var i = 0; i < 30; i++)
        {
            _ratios.Learn("m", estimated, actual);
        }

        Assert.Equal(ratio, _ratios.Of("m"), 6);
    }

    [Theory]
    [InlineData(31, 100)]
    [InlineData(0, 100)]
    [InlineData(100, 0)]
    [InlineData(100, -5)]
    public void Calls_that_say_nothing_teach_nothing(long estimated, long actual)
    {
        _ratios.Learn("m", estimated, actual);
        _ratios.Learn(null, 100, 200);
        Assert.Equal(1, _ratios.Of("m"));
    }

    [Fact]
    public void Only_so_many_models_are_learned()
    {
        Parallel.For(0, 3_000, i => _ratios.Learn($"model-{i}", 100, 200));
        Assert.Equal(LearnedRatios.MaxModels, Enumerable.Range(0, 3_000).Count(i => _ratios.Of($"model-{i}") > 1));
    }

    [Fact]
    public void Estimate_beyond_belief_does_not_overflow()
    {
        _ratios.Learn("m", 100, 400);
        Assert.True(_ratios.Apply("m", long.MaxValue) > 0);
    }
}

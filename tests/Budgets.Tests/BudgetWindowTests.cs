namespace LlmTelemetry.Budgets.Tests;

public sealed class BudgetWindowTests
{
    [Theory]
    [InlineData("minute")]
    [InlineData("hour")]
    [InlineData("day")]
    [InlineData("month")]
    [InlineData("session")]
    [InlineData("00:15:00")]
    [InlineData("7.00:00:00")]
    public void What_it_writes_it_reads(string text) => Assert.Equal(text, BudgetWindow.Parse(text).ToString());

    [Theory]
    [InlineData("00:01:00", "minute")]
    [InlineData(" Day ", "day")]
    public void Other_ways_to_say_the_same_are_the_same(string text, string same) => Assert.Equal(BudgetWindow.Parse(same), BudgetWindow.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("week")]
    [InlineData("00:00:00.5")]
    [InlineData("32.00:00:00")]
    [InlineData("-00:05:00")]
    [InlineData("24:00:00")]
    [InlineData("31:00:00")]
    public void What_is_no_window_is_refused_with_what_would_be(string text) =>
        Assert.Equal(
            $"'{text}' is no window: write minute, hour, day, month, session, or a length from a second to 31 days such as 00:15:00 (hours:minutes:seconds) or 7.00:00:00 (days).",
            Assert.Throws<FormatException>(() => BudgetWindow.Parse(text)).Message);
}

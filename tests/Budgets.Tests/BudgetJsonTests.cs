using System.Text.Json;

namespace LlmTelemetry.Budgets.Tests;

public sealed class BudgetJsonTests
{
    private static readonly BudgetState State = new("daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.User | BudgetScope.Model, "ada/gpt-5", 5, 1.25m, 0.5m, DateTimeOffset.UnixEpoch);

    [Fact]
    public void State_says_unit_window_and_scope_by_their_words()
    {
        var json = JsonSerializer.SerializeToElement(State, JsonSerializerOptions.Web);
        Assert.Equal(("usd", "day", "user,model"), (json.GetProperty("unit").GetString(), json.GetProperty("window").GetString(), json.GetProperty("scope").GetString()));
        Assert.Equal((3.25m, 25m), (json.GetProperty("remaining").GetDecimal(), json.GetProperty("percentUsed").GetDecimal()));
    }

    [Fact]
    public void What_was_written_is_read_again() =>
        Assert.Equal(State, JsonSerializer.Deserialize<BudgetState>(JsonSerializer.Serialize(State, JsonSerializerOptions.Web), JsonSerializerOptions.Web));

    [Theory]
    [InlineData("""{"unit":"stones"}""")]
    [InlineData("""{"window":"week"}""")]
    [InlineData("""{"scope":7}""")]
    public void What_is_no_word_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<BudgetState>(json, JsonSerializerOptions.Web));
}

namespace LlmTelemetry.Usage.Tests;

public sealed class UsageEventTests
{
    [Fact]
    public void Same_answer_has_the_same_id_wherever_it_is_seen() => Assert.Equal(Of("openai", "resp_1").GetId(), Of("openai", "resp_1").GetId());

    [Fact]
    public void Other_answers_have_other_ids()
    {
        UsageEvent[] answers = [Of("openai", "resp_1"), Of("openai", "resp_2"), Of("azure", "resp_1"), Of(null, "resp_1"), Of("openai", "")];

        Assert.Equal(answers.Length, answers.Select(a => a.GetId()).Distinct().Count());
    }

    // First 16 bytes of printf 'openai\nresp_1' | sha256sum: ids stay the same across versions, since stores keep them.
    [Fact]
    public void Id_is_a_hash_of_provider_and_answer() => Assert.Equal(Guid.Parse("3d5a10ee-e89d-2ad8-e003-05a8924b478a"), Of("openai", "resp_1").GetId());

    [Fact]
    public void Call_without_an_answer_id_is_itself()
    {
        var call = Of("openai", null);

        Assert.Equal(call.CallId, call.GetId());
        Assert.NotEqual(call.GetId(), Of("openai", null).GetId());
    }

    [Fact]
    public void Usage_and_cost_are_unknown_until_they_are_set()
    {
        var call = Of("openai", null);
        Assert.False(call.HasUsage || call.HasCost);

        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 7;
        call.SetUsage(in usage);
        call.SetCost(new Cost("openai", "gpt-4o", "v"));

        Assert.True(call.HasUsage && call.HasCost);
        Assert.Equal(7, call.Usage[UsageBucket.Input]);
        Assert.Equal("gpt-4o", call.Cost.Model);
    }

    [Fact]
    public void Model_is_the_one_that_answered_where_the_provider_said_so()
    {
        var asked = new UsageEvent { CallId = default, EndedAt = default, Operation = "chat", RequestModel = "asked" };
        var answered = new UsageEvent { CallId = default, EndedAt = default, Operation = "chat", RequestModel = "asked", ResponseModel = "answered" };

        Assert.Equal("asked", asked.Model);
        Assert.Equal("answered", answered.Model);
    }

    [Fact]
    public void Charge_is_never_negative()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new UsageEvent { CallId = default, EndedAt = default, Operation = "chat", ChargePico = -1 });
        Assert.Equal((Int128)0, new UsageEvent { CallId = default, EndedAt = default, Operation = "chat", ChargePico = 0 }.ChargePico);
        Assert.Null(new UsageEvent { CallId = default, EndedAt = default, Operation = "chat", ChargePico = null }.ChargePico);
    }

    private static UsageEvent Of(string? provider, string? responseId) =>
        new() { CallId = Guid.NewGuid(), EndedAt = DateTimeOffset.UnixEpoch, Operation = "chat", Provider = provider, ResponseId = responseId };
}

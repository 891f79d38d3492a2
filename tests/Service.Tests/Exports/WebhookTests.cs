using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Exports;

public sealed class WebhookTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Totals_are_posted_again_with_the_same_key_until_they_are_taken()
    {
        using var receiver = new ScriptedEndpoint().Json("{}", 503).Json("{}", 429).Json("{}");
        var time = new ManualTime();
        using var webhook = new Webhook(receiver.Address, time);

        var sending = webhook.SendAsync("key-1", """{"totals":1}""", Stop);
        await AdvanceUntilAsync(sending, time);

        await sending;
        Assert.Equal(["""{"totals":1}""", """{"totals":1}""", """{"totals":1}"""], receiver.Requests);
        Assert.Equal(["key-1", "key-1", "key-1"], receiver.Headers.Select(headers => headers["Idempotency-Key"]));
    }

    [Fact]
    public async Task What_cannot_pass_is_not_tried_again_and_the_secret_is_not_told()
    {
        using var receiver = new ScriptedEndpoint().Json("{}", 401);
        using var webhook = new Webhook(new Uri(receiver.Address, "hooks/top-secret?token=abc"), new ManualTime());

        var refusal = await Assert.ThrowsAsync<IOException>(() => webhook.SendAsync("key-1", "{}", Stop));

        Assert.Single(receiver.Requests);
        Assert.Contains("401", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abc", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        using var elsewhere = new ScriptedEndpoint().Json("{}");
        using var receiver = new ScriptedEndpoint().Redirect(elsewhere.Address.ToString());
        using var webhook = new Webhook(receiver.Address, new ManualTime());

        var refusal = await Assert.ThrowsAsync<IOException>(() => webhook.SendAsync("key-1", "{}", Stop));

        Assert.Contains("302", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Nobody_there_is_given_up_after_six_attempts()
    {
        var time = new ManualTime();
        using var webhook = new Webhook(new Uri($"http://127.0.0.1:{Server.FreePort()}/secret"), time);

        var sending = webhook.SendAsync("key-1", "{}", Stop);
        await AdvanceUntilAsync(sending, time);

        Assert.DoesNotContain("secret", (await Assert.ThrowsAsync<IOException>(() => sending)).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.test/hook", true)]
    [InlineData("http://127.0.0.1:8080/hook", true)]
    [InlineData("http://[::1]/hook", true)]
    [InlineData("http://localhost/hook", true)]
    [InlineData("http://example.test/hook", false)]
    [InlineData("http://127.0.0.1.example.test/hook", false)]
    [InlineData("ftp://127.0.0.1/hook", false)]
    [InlineData("https://ada:pass@example.test/hook", false)]
    [InlineData("hook", false)]
    public void Only_addresses_that_keep_it_secret_are_taken(string address, bool isTaken) => Assert.Equal(isTaken, Webhook.Problem(address) is null);

    private static async Task AdvanceUntilAsync(Task task, ManualTime time) => await Eventually.HoldsAsync(
        () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(task.IsCompleted);
        },
        "the webhook is done");
}

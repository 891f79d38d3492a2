using System.Net;
using System.Text;
using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>The service outlives its store: a real Redis that comes late, dies and comes back.</summary>
public sealed class StoreComesAndGoesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Service_that_started_without_its_store_is_ready_when_the_store_is_there_and_not_while_it_is_away()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var service = await ServiceUnderTest.StartAsync([("Store", redis.Address), ("StoreTimeout", "00:00:00.500")]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/api/budgets"));

        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () => await StatusAsync("/readyz") == HttpStatusCode.OK, "it is ready");
        await Eventually.HoldsAsync(async () => await StatusAsync("/api/budgets") == HttpStatusCode.OK, "budgets, which have a connection of their own, are read");
        using var body = new StringContent("""{"tokens":7}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await service.Http.PostAsync("/api/tokens/today", body, Token)).StatusCode);

        await redis.KillAsync();
        await Eventually.HoldsAsync(async () => await StatusAsync("/readyz") == HttpStatusCode.ServiceUnavailable, "it is not ready");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync("/healthz"), await StatusAsync("/api/health")));

        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () => await StatusAsync("/readyz") == HttpStatusCode.OK, "it is ready again");
        await Eventually.HoldsAsync(
            async () =>
            {
                using var stats = JsonDocument.Parse(await service.Http.GetStringAsync("/api/tokens/today", Token));
                return stats.RootElement.GetProperty("usage").GetInt64() == 7;
            },
            "what was counted is there");

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var answer = await service.Http.GetAsync(path, Token);
            return answer.StatusCode;
        }
    }
}

using System.Net;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>A real service over a ledger that is filled already, at noon of 22 November 2026.</summary>
internal sealed class ServedApi(ServiceUnderTest service) : IAsyncDisposable
{
    /// <summary>Calls it without a key.</summary>
    public HttpClient Client => service.Http;

    public Uri Address => service.Url;

    public static async Task<ServedApi> StartAsync(string store, params (string Name, string Value)[] settings)
    {
        (string Name, string Value)[] usual = [("Store", store), ("Records", "Store"), ("StoreTimeout", "00:00:02")];
        var service = await ServiceUnderTest.StartAsync([.. usual.Where(one => !settings.Any(own => own.Name == one.Name)), .. settings], new ManualTime());
        await service.StoreIsOpenAsync();
        return new ServedApi(service);
    }

    /// <summary>Calls it with a key.</summary>
    public HttpClient With(string key) => service.Client(key);

    public Task<string> GetAsync(string path) => Client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public Task<(HttpStatusCode Status, string Body)> AskAsync(string path) => AskAsync(Client, path);

    public static async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();
}

using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>Who may call what: every endpoint with no key, and with each kind of key. An endpoint without a row fails.</summary>
public sealed partial class AccessTableTests
{
    private const string Anybody = "anybody";
    private const string Read = "read";
    private const string Write = "write";
    private const string Admin = "admin";

    // What a tenant's key with read and write may call.
    private const string Tenants = "+tenants";

    // Every endpoint and the scope that it asks for. What the rooms map is found by itself: a new one needs a row.
    private static readonly Dictionary<string, string> Table = new()
    {
        ["GET /healthz"] = Anybody,
        ["GET /readyz"] = Anybody,
        ["POST /v1/metrics"] = Write + Tenants,
        ["POST /v1/logs"] = Write + Tenants,
        ["POST /v1/traces"] = Write + Tenants,

        // What is no delivery is told so.
        ["ANY /v1/metrics"] = Anybody,
        ["ANY /v1/logs"] = Anybody,
        ["ANY /v1/traces"] = Anybody,
        ["GET /"] = Anybody,
        ["HEAD /"] = Anybody,
        ["GET /page/{name}"] = Anybody,
        ["HEAD /page/{name}"] = Anybody,
        ["GET /api/usage"] = Read + Tenants,
        ["GET /api/reports"] = Read + Tenants,
        ["GET /api/top"] = Read + Tenants,
        ["GET /api/trend"] = Read + Tenants,
        ["GET /api/forecast"] = Read + Tenants,
        ["GET /api/records"] = Read + Tenants,
        ["GET /api/records/{id}"] = Read + Tenants,
        ["GET /api/health"] = Read,
        ["GET /api/budgets"] = Read + Tenants,
        ["GET /api/quotas/{user}"] = Read,
        ["PUT /api/budgets/{name}/override"] = Admin,
        ["DELETE /api/budgets/{name}/override"] = Admin,
        ["POST /api/budgets/{name}/reset"] = Admin,
        ["GET /api/tokens/today"] = Read,
        ["POST /api/tokens/today"] = Write,
        ["POST /api/tokens/check"] = Read,
        ["GET /api/prices"] = Read + Tenants,
        ["POST /api/prices/cost"] = Read + Tenants,
        ["POST /api/admin/erase"] = Admin,
        ["POST /api/admin/prune"] = Admin,
        ["GET /metrics"] = Read,
        ["GET /openapi/{documentName}.json"] = Read + Tenants,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_is_for_the_keys_that_the_table_says_and_for_no_other()
    {
        var scopes = new[] { Read, Write, Admin };
        var keys = scopes.ToDictionary(scope => scope, scope => ServiceUnderTest.NewKey(scope, scope));
        var tenant = ServiceUnderTest.NewKey("acme", "read,write", "acme");
        await using var service = await ServiceUnderTest.StartAsync([.. keys.Values.SelectMany(key => key.Settings), .. tenant.Settings, ("Service:FailedKeysPerMinute", "1000")]);
        await service.StoreIsOpenAsync();
        var endpoints = Endpoints(service).ToArray();
        Assert.Empty(endpoints.Except(Table.Keys));
        Assert.Empty(Table.Keys.Except(endpoints));

        List<string> wrong = [];
        foreach (var endpoint in endpoints)
        {
            var (needed, isForTenants) = (Table[endpoint].Replace(Tenants, "", StringComparison.Ordinal), Table[endpoint].EndsWith(Tenants, StringComparison.Ordinal));
            await CheckAsync("no key", null, needed == Anybody, HttpStatusCode.Unauthorized);
            await CheckAsync("a wrong key", "llmt_wrong", needed == Anybody, HttpStatusCode.Unauthorized);
            foreach (var scope in scopes)
            {
                await CheckAsync(scope, keys[scope].Key, needed == Anybody || needed == scope, HttpStatusCode.Forbidden);
            }

            await CheckAsync("a tenant's", tenant.Key, needed == Anybody || (isForTenants && needed is Read or Write), HttpStatusCode.Forbidden);

            async Task CheckAsync(string who, string? key, bool may, HttpStatusCode refusal)
            {
                using var client = service.Client(key);
                using var request = RequestTo(endpoint);
                using var answer = await client.SendAsync(request, Token);
                var isRefused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                if (may ? isRefused || (int)answer.StatusCode >= 500 : answer.StatusCode != refusal)
                {
                    wrong.Add($"{endpoint} with {who}: {answer.StatusCode}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    private static HttpRequestMessage RequestTo(string endpoint)
    {
        var (method, path) = (endpoint.Split(' ')[0].Replace("ANY", "PUT", StringComparison.Ordinal), Parameter().Replace(endpoint.Split(' ')[1], match => match.Value == "{documentName}" ? "v1" : "x"));
        return new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "GET" or "DELETE" ? null : JsonContent.Create(new { }) };
    }

    private static IEnumerable<string> Endpoints(ServiceUnderTest service) => service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}"))
        .Distinct();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crucible.Simulation;

/// <summary>A life that once broke a promise, as small as it could be made; a file in <c>Kept/</c>, and a test from then on.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Invariant">What was broken.</param>
/// <param name="Problem">How, in words.</param>
/// <param name="Only">The faults that it takes.</param>
/// <param name="Requests">Most requests of the guests.</param>
internal sealed record KeptSeed(ulong Seed, string Invariant, string Problem, int[] Only, int Requests)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static KeptSeed Parse(string json) =>
        JsonSerializer.Deserialize<KeptSeed>(json, Format) ?? throw new JsonException("no kept seed");

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    public LifeOptions Options(LifeOptions options) => options with { Only = Only, MostRequests = Requests };

    /// <summary>How to live it again.</summary>
    [JsonIgnore]
    public string Command => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project tests/Crucible.Simulation -- --seed {Seed} --only {(Only.Length > 0 ? string.Join(',', Only) : ",")}{(Requests < int.MaxValue ? $" --requests {Requests}" : "")} --trace");
}
